"""A database is migrated while the version of before goes on: no limit is exceeded, and nobody is in the way."""

import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from asking.counted_runs import COUNTED, LIVE
from asking.requests import POOLS, SMS_LIMIT, admission, unique
from asking.stores import PostgresStoreUnderTest
from asking.waiting import until_a_lock_is_waited_for
from campaign_orchestrator.local.run_time_users import ROLES
from orchestrator_adapters.postgres.migrate import migrate, scripts
from orchestrator_adapters.postgres.settings import PostgresSettings
from orchestrator_domain.decisions import Verdict
from serving import direct_sql

ADMISSION_OF_BEFORE = f"""
    CREATE FUNCTION admit_as_before(asked text) RETURNS boolean LANGUAGE plpgsql AS $$
    BEGIN
        PERFORM FROM campaigns WHERE id = asked FOR NO KEY UPDATE;
        PERFORM FROM campaign_pools WHERE name = 'sms' FOR NO KEY UPDATE;
        IF (SELECT coalesce(sum(live), 0) FROM campaign_pool_counts WHERE pool = 'sms') >= {SMS_LIMIT} THEN
            RETURN false;
        END IF;
        INSERT INTO campaign_runs (
            campaign_id, number, run_id, campaign_type, pool, state, execution_name, dispatch_input,
            previous_status, request_key, created_at, last_attempt_at
        ) VALUES (asked, 1, asked, 'sms', 'sms', 'dispatching', asked, '{{}}', 'draft', 'k', now(), now());
        RETURN true;
    END
    $$
"""
DRAFTS = (
    "INSERT INTO campaigns (id, name, type) SELECT 'draft-' || i, 'A campaign', 'sms' FROM generate_series(1, 9) i"
)


@pytest.fixture
def before(empty_database: PostgresSettings, monkeypatch: pytest.MonkeyPatch) -> PostgresSettings:
    """A database of the version before the seventh migration, with two live runs."""
    everything = scripts()
    with monkeypatch.context() as patched:
        patched.setattr("orchestrator_adapters.postgres.migrate.scripts", lambda: everything[:6])
        migrate(empty_database)
    direct_sql.ask(empty_database, ADMISSION_OF_BEFORE)
    direct_sql.ask(empty_database, DRAFTS)
    assert admitted_as_before(empty_database, "draft-1")
    assert admitted_as_before(empty_database, "draft-2")
    return empty_database


def admitted_as_before(database: PostgresSettings, campaign: str) -> bool:
    ((is_admitted,),) = direct_sql.ask(database, "SELECT admit_as_before(%s)", campaign)
    return bool(is_admitted)


def test_a_call_that_has_waited_for_the_migration_counts_by_it(before: PostgresSettings) -> None:
    with ThreadPoolExecutor(1) as threads, direct_sql.connect(before, autocommit=False) as holder:
        holder.execute("SELECT FROM campaigns WHERE id = 'draft-3' FOR NO KEY UPDATE")
        late = threads.submit(admitted_as_before, before, "draft-3")
        until_a_lock_is_waited_for(before)
        migrate(before, ROLES)
        store = PostgresStoreUnderTest(before)
        assert store.sql(COUNTED) == store.sql(LIVE) == [("sms", 2)]
        assert store.repository.admit(admission("draft-4")).verdict is Verdict.ADMITTED
        holder.rollback()
        assert late.result() is False
    assert store.sql(COUNTED) == store.sql(LIVE) == [("sms", SMS_LIMIT)]
    store.close()


def test_what_such_a_call_begins_is_counted_by_all_others(before: PostgresSettings) -> None:
    with ThreadPoolExecutor(1) as threads, direct_sql.connect(before, autocommit=False) as late:
        migrate(before, ROLES)
        store = PostgresStoreUnderTest(before)
        assert late.execute("SELECT admit_as_before('draft-3')").fetchone() == (True,)
        waiting = threads.submit(store.repository.admit, admission("draft-4"))
        until_a_lock_is_waited_for(before)
        late.commit()
        assert waiting.result().verdict is Verdict.RESOURCE_LIMIT_REACHED
    assert store.sql(COUNTED) == store.sql(LIVE) == [("sms", SMS_LIMIT)]
    store.close()


def test_who_takes_the_tables_in_another_order_is_no_deadlock(before: PostgresSettings) -> None:
    """Whoever asks for the usage of pools has their table, and then wants that of the runs."""
    with ThreadPoolExecutor(1) as threads, direct_sql.connect(before, autocommit=False) as reader:
        reader.execute("SELECT FROM campaign_pools")
        migration = threads.submit(migrate, before, ROLES)
        until_a_lock_is_waited_for(before)
        reader.execute("SELECT FROM campaign_runs")
        time.sleep(1.5)  # longer than the server waits before it looks for a deadlock
        assert not migration.done()
        reader.commit()
        migration.result()
    store = PostgresStoreUnderTest(before)
    assert [usage.active for usage in store.repository.pool_usage(POOLS, holders_wanted=0)] == [0, 2]
    store.close()


def test_who_reads_for_long_holds_up_the_migration_and_no_admission(
    empty_database: PostgresSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    everything = scripts()
    with monkeypatch.context() as patched:
        patched.setattr("orchestrator_adapters.postgres.migrate.scripts", lambda: everything[:7])
        migrate(empty_database)
    with ThreadPoolExecutor(1) as threads, direct_sql.connect(empty_database, autocommit=False) as reader:
        reader.execute("SELECT FROM campaign_pools")
        migration = threads.submit(migrate, empty_database, ROLES)
        until_a_lock_is_waited_for(empty_database)
        for _ in range(5):
            direct_sql.ask(empty_database, "SET lock_timeout = '1s'; UPDATE campaign_pools SET version = version")
        assert not migration.done()
        reader.commit()
        migration.result()


def test_a_pool_that_has_runs_and_no_row_is_counted(before: PostgresSettings) -> None:
    direct_sql.ask(before, "DELETE FROM campaign_pools")
    migrate(before, ROLES)
    store = PostgresStoreUnderTest(before)
    assert store.sql(COUNTED) == [("sms", 2)]
    verdicts = [store.repository.admit(admission(store.put_campaign(unique("c")))).verdict for _ in range(2)]
    assert verdicts == [Verdict.ADMITTED, Verdict.RESOURCE_LIMIT_REACHED]
    store.close()
