"""A pool's count is the number of its live runs, whoever changes them by whatever statement (I1)."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from importlib.resources import files
from random import Random

import psycopg
import pytest

from asking.counted_runs import ALL_ENDS_KNOWN, COUNT_AGAIN, COUNTED, END, KNOWN_TOO_HIGH, LIVE
from asking.requests import POOLS, SMS_LIMIT, admission, end_of, unique
from asking.stores import PostgresStoreUnderTest
from asking.waiting import until_a_lock_is_waited_for
from campaign_orchestrator.doctor import finding as doctor
from campaign_orchestrator.doctor.checks.live_runs_counted import LiveRunsCounted
from orchestrator_adapters.postgres.migrate import migrate, scripts
from orchestrator_adapters.postgres.settings import PostgresSettings
from orchestrator_domain.decisions import Verdict
from serving import direct_sql

RUN = (
    "INSERT INTO campaign_runs (campaign_id, number, run_id, campaign_type, pool, state, execution_name,"
    " dispatch_input, previous_status, request_key, created_at, last_attempt_at, ended_at, outcome)"
    " SELECT i::text, 1, i::text, 'sms', pool, state, state || i, '{}', 'draft', 'k', now(), now(), ended_at,"
    " outcome"
    " FROM generate_series(1, 5) i, (VALUES ('sms', 'running', NULL::timestamptz, NULL),"
    " ('voice', 'ended', now(), 'failed')) AS runs (pool, state, ended_at, outcome) WHERE pool = %s"
)
CLIENTS, RUNS_OF_EACH = 6, 15


@pytest.fixture
def sql(database: PostgresSettings) -> Iterator[psycopg.Connection]:
    with direct_sql.connect(database) as connection:
        yield connection


@pytest.mark.parametrize(
    ("statement", "left"),
    [
        ("SELECT", [("sms", 5)]),
        ("UPDATE campaign_runs SET state = 'stopping'", [("sms", 5)]),
        (f"UPDATE campaign_runs SET {END} WHERE number = 1 AND campaign_id < '3'", [("sms", 3)]),
        ("UPDATE campaign_runs SET pool = 'voice' WHERE campaign_id = '1'", [("sms", 4), ("voice", 1)]),
        (f"UPDATE campaign_runs SET pool = 'voice', {END} WHERE campaign_id = '1'", [("sms", 4)]),
        ("DELETE FROM campaign_runs WHERE campaign_id = '1'", [("sms", 4)]),
        ("TRUNCATE campaign_runs", []),
        (f"BEGIN; UPDATE campaign_runs SET {END}; ROLLBACK", [("sms", 5)]),
    ],
)
def test_every_statement_is_counted(sql: psycopg.Connection, statement: str, left: list[tuple[str, int]]) -> None:
    sql.execute(RUN, ("sms",))
    sql.execute(statement.encode())
    assert sql.execute(COUNTED.encode()).fetchall() == left == sql.execute(LIVE.encode()).fetchall()


def test_a_run_that_has_ended_is_not_counted_until_it_lives_again(sql: psycopg.Connection) -> None:
    sql.execute(RUN, ("voice",))
    assert sql.execute(COUNTED.encode()).fetchall() == []
    sql.execute(
        "UPDATE campaign_runs SET state = 'running', ended_at = NULL, outcome = NULL WHERE campaign_id = '2'"
    )
    assert sql.execute(COUNTED.encode()).fetchall() == [("voice", 1)]
    sql.execute("DELETE FROM campaign_runs WHERE campaign_id <> '2'")
    assert sql.execute(COUNTED.encode()).fetchall() == [("voice", 1)]


def test_many_at_once_are_counted_exactly(postgres_store: PostgresStoreUnderTest) -> None:
    def client(seed: int) -> None:
        random = Random(seed)
        for _ in range(RUNS_OF_EACH):
            campaign = postgres_store.put_campaign(unique("c"), campaign_type=random.choice(["sms", "voice"]))
            decision = postgres_store.repository.admit(admission(campaign))
            assert decision.verdict in (Verdict.ADMITTED, Verdict.RESOURCE_LIMIT_REACHED)
            if decision.run and random.random() < 0.9:
                postgres_store.repository.end_run(end_of(decision.run))

    with ThreadPoolExecutor(CLIENTS) as clients:
        list(clients.map(client, range(CLIENTS)))
    assert postgres_store.sql(COUNTED) == postgres_store.sql(LIVE)
    assert postgres_store.sql(KNOWN_TOO_HIGH) == []
    assert postgres_store.sql("SELECT min(ended_at_least) > 0 FROM campaign_pools") == [(True,)]


def test_a_database_of_an_earlier_version_is_counted_when_it_is_migrated(empty_database: PostgresSettings) -> None:
    migrations = sorted(
        (files("orchestrator_adapters.postgres") / "migrations").iterdir(), key=lambda script: script.name
    )
    with direct_sql.connect(empty_database) as sql:
        for script in migrations:
            if script.name.startswith("0004_"):
                sql.execute(RUN, ("sms",))
                sql.execute(RUN.replace("i::text, 1, i::text", "'v' || i, 1, i::text"), ("voice",))
            sql.execute(script.read_bytes())
        assert sql.execute(COUNTED.encode()).fetchall() == [("sms", 5)]


def test_a_migration_counts_what_it_has_waited_for_whatever_the_databases_isolation(
    empty_database: PostgresSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    everything = scripts()
    monkeypatch.setattr("orchestrator_adapters.postgres.migrate.scripts", lambda: everything[:3])
    migrate(empty_database)
    monkeypatch.undo()
    direct_sql.ask(
        empty_database,
        f"ALTER DATABASE {empty_database.dbname} SET default_transaction_isolation = 'repeatable read'",
    )
    with direct_sql.connect(empty_database, autocommit=False) as beginning, ThreadPoolExecutor(1) as other:
        beginning.execute(RUN, ("sms",))
        migration = other.submit(migrate, empty_database)
        until_a_lock_is_waited_for(empty_database)
        beginning.commit()
        migration.result()
    assert direct_sql.ask(empty_database, COUNTED) == [("sms", 5)]


def test_a_count_that_something_has_parted_from_its_runs_is_found_by_the_doctor(
    postgres_store: PostgresStoreUnderTest,
) -> None:
    check = LiveRunsCounted(postgres_store.repository, POOLS)
    assert postgres_store.repository.admit(admission(postgres_store.put_campaign(unique("c")))).run
    assert check.look().verdict is doctor.Verdict.OK
    for parted, counted in (("begun = begun + 1", 2), ("ended_at_least = begun", 0)):
        postgres_store.sql(f"UPDATE campaign_pools SET {parted} WHERE name = 'sms' RETURNING name")
        found = check.look()
        assert (found.verdict, found.what) == (doctor.Verdict.PROBLEM, f"sms: {counted} counted, 1 live")
        count_again(postgres_store)
        assert check.look().verdict is doctor.Verdict.OK


def test_who_counts_again_forgets_what_was_known_to_have_ended(postgres_store: PostgresStoreUnderTest) -> None:
    """More may live than were counted, and then fewer have ended."""
    for _ in range(SMS_LIMIT):
        run = postgres_store.repository.admit(admission(postgres_store.put_campaign(unique("c")))).run
        assert run is not None
        postgres_store.repository.end_run(end_of(run))
    assert postgres_store.sql(ALL_ENDS_KNOWN)
    with direct_sql.connect(postgres_store.settings) as sql:
        sql.execute("SET session_replication_role = replica")
        sql.execute(RUN, ("sms",))
    count_again(postgres_store)
    assert postgres_store.sql(COUNTED) == postgres_store.sql(LIVE) == [("sms", 5)]
    decision = postgres_store.repository.admit(admission(postgres_store.put_campaign(unique("c"))))
    assert decision.verdict is Verdict.RESOURCE_LIMIT_REACHED


def test_who_counts_again_holds_nobody_up_for_long(postgres_store: PostgresStoreUnderTest) -> None:
    """Others have the tables in another order, and a pool's row may be made meanwhile."""
    with direct_sql.connect(postgres_store.settings, autocommit=False) as writer, ThreadPoolExecutor(1) as threads:
        writer.execute("UPDATE campaign_runs SET number = number WHERE false")
        counting = threads.submit(count_again, postgres_store)
        until_a_lock_is_waited_for(postgres_store.settings)
        writer.execute(RUN, ("sms",))
        writer.commit()
        with pytest.raises(psycopg.errors.LockNotAvailable):
            counting.result()
    count_again(postgres_store)
    assert postgres_store.sql(COUNTED) == postgres_store.sql(LIVE) == [("sms", 5)]


def count_again(store: PostgresStoreUnderTest) -> None:
    with direct_sql.connect(store.settings) as sql:
        sql.execute(COUNT_AGAIN.encode())
