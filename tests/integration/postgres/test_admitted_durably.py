"""An admission is told when it is on the disk, and does not keep its pool until then."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from asking.requests import SMS_LIMIT, admission, unique
from asking.stores import PostgresStoreUnderTest
from asking.waiting import until
from campaign_orchestrator.local.postgres_server import EmbeddedPostgres
from campaign_orchestrator.local.run_time_users import ROLES, create_roles
from orchestrator_adapters.postgres.migrate import migrate
from orchestrator_domain.decisions import Verdict
from serving import direct_sql

NOT_BY_ITSELF = ("wal_writer_delay=10s", "wal_writer_flush_after=0")
"""What no commit has written to the disk stays in the server's memory."""


@pytest.fixture
def server() -> Iterator[EmbeddedPostgres]:
    with EmbeddedPostgres(settings=NOT_BY_ITSELF, durable=True) as server:
        create_roles(server.settings())
        migrate(server.settings(), ROLES)
        yield server


@pytest.fixture
def store(server: EmbeddedPostgres) -> Iterator[PostgresStoreUnderTest]:
    store = PostgresStoreUnderTest(server.settings())
    yield store
    store.close()


def test_what_was_told_outlives_the_server(server: EmbeddedPostgres, store: PostgresStoreUnderTest) -> None:
    campaign = store.put_campaign(unique("c"))
    store.sql("CHECKPOINT")  # or something else writes the log in time, and a commit that does not wait is kept too
    run = store.repository.admit(admission(campaign)).run
    server.kill()
    assert run is not None
    server.start()
    kept = direct_sql.ask(server.settings(), "SELECT campaign_id, run_id FROM campaign_runs")
    assert kept == [(campaign, run.run_id)]


def test_a_pool_is_decided_on_while_the_disk_is_waited_for(
    server: EmbeddedPostgres, store: PostgresStoreUnderTest
) -> None:
    """And its limit holds. In place of a slow disk there is a standby that never answers."""
    campaigns = [store.put_campaign(unique("c")) for _ in range(SMS_LIMIT + 1)]
    with ThreadPoolExecutor(len(campaigns)) as threads:
        set_standby(server, "nobody")
        try:
            decisions = [threads.submit(store.repository.admit, admission(campaign)) for campaign in campaigns]
            until(lambda: len(waiting_for_the_standby(server)) == len(campaigns))
            assert not any(decision.done() for decision in decisions)
        finally:
            set_standby(server, "")
        verdicts = sorted(decision.result().verdict for decision in decisions)
    assert verdicts == [*[Verdict.ADMITTED] * SMS_LIMIT, Verdict.RESOURCE_LIMIT_REACHED]


def test_a_connection_lost_between_the_commit_and_the_disk_is_no_second_run(
    server: EmbeddedPostgres, store: PostgresStoreUnderTest
) -> None:
    """The call is made again, finds its own run, and waits for the disk as well."""
    campaign = store.put_campaign(unique("c"))
    with ThreadPoolExecutor(1) as threads:
        set_standby(server, "nobody")
        try:
            deciding = threads.submit(store.repository.admit, admission(campaign))
            until(lambda: len(waiting_for_the_standby(server)) == 1)
            (lost,) = waiting_for_the_standby(server)
            direct_sql.ask(server.settings(), "SELECT pg_terminate_backend(%s)", lost)
            until(lambda: waiting_for_the_standby(server) - {lost} != set())
            assert not deciding.done()
        finally:
            set_standby(server, "")
        decision = deciding.result()
    assert (decision.verdict, decision.replayed) == (Verdict.ADMITTED, False)
    assert store.sql("SELECT count(*) FROM campaign_runs") == [(1,)]


def set_standby(server: EmbeddedPostgres, name: str) -> None:
    direct_sql.ask(server.settings(), f"ALTER SYSTEM SET synchronous_standby_names = '{name}'")
    direct_sql.ask(server.settings(), "SELECT pg_reload_conf()")
    until(lambda: direct_sql.ask(server.settings(), "SHOW synchronous_standby_names") == [(name,)])


def waiting_for_the_standby(server: EmbeddedPostgres) -> set[int]:
    """The server's processes that do."""
    asked = "SELECT pid FROM pg_stat_activity WHERE wait_event = 'SyncRep'"
    return {pid for (pid,) in direct_sql.ask(server.settings(), asked)}
