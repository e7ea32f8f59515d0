"""All that one call does, its repetitions too, has one budget (budgets.STORE_SECONDS)."""

import time

import pytest

from asking.one_connection import connected
from asking.stores import PostgresStoreUnderTest
from orchestrator_adapters.postgres.doors import LONGEST_PAUSE_SECONDS
from orchestrator_adapters.postgres.one_value import NoAnswer
from orchestrator_adapters.postgres.settings import PostgresSettings
from orchestrator_domain import budgets
from orchestrator_domain.errors import StoreUnavailable


def losing_after(store: PostgresStoreUnderTest, seconds: float) -> None:
    """A function that works for ``seconds`` and then loses a race; its calls are counted past the rollback."""
    store.sql("CREATE SEQUENCE calls")
    store.sql(
        "CREATE FUNCTION campaign_losing(request jsonb) RETURNS jsonb LANGUAGE plpgsql SECURITY DEFINER AS $$ BEGIN"
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


def test_a_lost_race_costs_no_connection(postgres_store: PostgresStoreUnderTest) -> None:
    """The connection that has brought an answer is as good as before; a new one would take most of the budget."""
    losing_after(postgres_store, 0.0)
    with pytest.raises(StoreUnavailable):
        postgres_store.doors.call("campaign_losing", {})
    assert postgres_store.doors.pool.get_stats()["connections_num"] == 1


def test_those_who_have_met_once_do_not_meet_again_at_once(
    postgres_store: PostgresStoreUnderTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A repetition waits for a time of chance, and not for long."""
    pauses: list[float] = []
    monkeypatch.setattr("orchestrator_adapters.postgres.doors.time.sleep", pauses.append)
    losing_after(postgres_store, 0.0)
    for _ in range(4):
        with pytest.raises(StoreUnavailable):
            postgres_store.doors.call("campaign_losing", {})
    assert len(pauses) >= 8
    assert len(set(pauses)) == len(pauses)
    assert all(0 <= pause <= LONGEST_PAUSE_SECONDS for pause in pauses)


def test_a_repetition_has_what_is_left_of_the_budget(database: PostgresSettings) -> None:
    connection = connected(database)
    connection.answer_by = time.monotonic() + 0.2
    with pytest.raises(NoAnswer):  # well within a whole budget, and after what was left of it
        connection.execute(b"SELECT pg_sleep(1)")
    connection.close()
