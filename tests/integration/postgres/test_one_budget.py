"""All that one call does, its repetitions too, has one budget (budgets.STORE_SECONDS)."""

import time

import pytest

from asking.stores import PostgresStoreUnderTest
from orchestrator_adapters.postgres.connection_pool import BoundedConnection, NoAnswer, connection_arguments
from orchestrator_adapters.postgres.settings import PostgresSettings
from orchestrator_domain import budgets
from orchestrator_domain.errors import StoreUnavailable


def losing_after(store: PostgresStoreUnderTest, seconds: float) -> None:
    """A function that works for ``seconds`` and then loses a race; its calls are counted past the rollback."""
    store.sql("CREATE SEQUENCE calls")
    store.sql(
        "CREATE FUNCTION campaign_losing(request jsonb) RETURNS jsonb LANGUAGE plpgsql AS $$ BEGIN"
        f" PERFORM nextval('calls'), pg_sleep({seconds});"
        " RAISE EXCEPTION 'lost' USING ERRCODE = 'serialization_failure'; END $$"
    )


@pytest.mark.parametrize(("seconds", "calls"), [(0.0, 3), (budgets.STORE_SECONDS * 2 / 3, 1)])
def test_a_lost_race_is_run_again_only_while_there_is_time(
    postgres_store: PostgresStoreUnderTest, seconds: float, calls: int
) -> None:
    losing_after(postgres_store, seconds)
    with pytest.raises(StoreUnavailable) as error:
        postgres_store.doors.call("campaign_losing", {})
    assert error.value.cause == "contention"
    assert postgres_store.sql("SELECT last_value FROM calls") == [(calls,)]


def test_a_repetition_has_what_is_left_of_the_budget(database: PostgresSettings) -> None:
    connection = BoundedConnection.connect(**connection_arguments(database))
    connection.answer_by = time.monotonic() + 0.2
    with pytest.raises(NoAnswer):  # well within a whole budget, and after what was left of it
        connection.execute(b"SELECT pg_sleep(1)")
    connection.close()
