"""A default isolation level at which the live runs of a pool could not be counted afresh."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from asking.requests import SMS_LIMIT, admission, stopping, unique
from asking.stores import PostgresStoreUnderTest
from orchestrator_adapters.postgres.settings import PostgresSettings
from orchestrator_domain.decisions import Verdict
from orchestrator_domain.errors import StoreUnavailable


@pytest.fixture(params=["repeatable read", "serializable"])
def strict_store(request: pytest.FixtureRequest, database: PostgresSettings) -> Iterator[PostgresStoreUnderTest]:
    before = PostgresStoreUnderTest(database)
    before.sql(f"ALTER DATABASE {database.dbname} SET default_transaction_isolation = '{request.param}'")
    before.close()
    store = PostgresStoreUnderTest(database)
    yield store
    store.close()


def test_it_is_told_and_nobody_is_admitted(strict_store: PostgresStoreUnderTest) -> None:
    campaigns = [strict_store.put_campaign(unique("c")) for _ in range(40)]

    def start(campaign: str) -> Verdict | str:
        try:
            return strict_store.repository.admit(admission(campaign)).verdict
        except StoreUnavailable as away:
            return away.cause

    with ThreadPoolExecutor(16) as threads:
        assert set(threads.map(start, campaigns)) == {"wrong_isolation_level"}
    assert len(strict_store.repository.live_runs("sms", limit=40)) <= SMS_LIMIT


def test_a_stop_is_possible_all_the_same(strict_store: PostgresStoreUnderTest) -> None:
    campaign = strict_store.put_campaign(unique("c"))
    assert strict_store.repository.begin_stopping(stopping(campaign)).verdict is Verdict.STOPPING
