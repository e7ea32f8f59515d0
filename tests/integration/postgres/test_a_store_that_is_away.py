"""PostgreSQL refused, hung, killed, read-only, locked: one stable error, in time, and nothing lost."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import psycopg
import pytest
from attrs import evolve

from asking.requests import POOLS, admission, unique
from asking.stores import PostgresStoreUnderTest
from campaign_orchestrator.local.postgres_server import EmbeddedPostgres
from campaign_orchestrator.local.run_time_users import ROLES, create_roles
from network.proxy import TcpProxy
from network.silent_server import SilentServer
from orchestrator_adapters.postgres import error_causes
from orchestrator_adapters.postgres.campaign_repository import PostgresCampaignRepository
from orchestrator_adapters.postgres.connection_pool import connection_pool
from orchestrator_adapters.postgres.doors import Doors
from orchestrator_adapters.postgres.migrate import migrate
from orchestrator_adapters.postgres.settings import PostgresSettings
from orchestrator_domain import budgets
from orchestrator_domain.decisions import Verdict
from orchestrator_domain.errors import StoreUnavailable
from serving import direct_sql

SLACK_SECONDS = 2.0
"""For a busy machine; what is excluded are the drivers' own waits, of half a minute and more."""


def away(settings: PostgresSettings) -> tuple[str, float]:
    """The cause that is told, and after how many seconds."""
    doors = Doors(connection_pool(settings))
    began = time.monotonic()
    with pytest.raises(StoreUnavailable) as error:
        PostgresCampaignRepository(doors).pool_usage(POOLS, holders_wanted=1)
    seconds = time.monotonic() - began
    doors.close()
    return error.value.cause, seconds


def test_a_refused_connection(database: PostgresSettings) -> None:
    cause, seconds = away(evolve(database, port=1))
    assert cause == "no_connection"
    assert seconds < budgets.STORE_SECONDS + SLACK_SECONDS


def test_a_server_that_accepts_and_never_answers(database: PostgresSettings) -> None:
    with SilentServer() as silent:
        cause, seconds = away(evolve(database, port=silent.port))
    assert cause == "no_connection"
    assert seconds < budgets.STORE_SECONDS + SLACK_SECONDS


WRONG: dict[str, dict[str, Any]] = {
    "authentication": {"password": "very-secret"},
    "no_such_database": {"dbname": "very-secret"},
    "tls_not_offered": {"sslmode": "require"},
    "no_such_host": {"host": "very-secret.invalid"},
}


@pytest.mark.parametrize("cause", WRONG)
def test_a_wrong_setting_is_told_by_a_word_and_never_by_its_value(
    database: PostgresSettings, cause: str, caplog: pytest.LogCaptureFixture
) -> None:
    doors = Doors(connection_pool(evolve(database, **WRONG[cause])))
    with pytest.raises(StoreUnavailable) as error:
        PostgresCampaignRepository(doors).pool_usage(POOLS, holders_wanted=1)
    doors.close()
    assert error.value.cause == cause
    told = str(error.value) + repr(error.value) + repr(error.value.__cause__) + caplog.text
    assert "very-secret" not in told
    assert database.user not in told


def test_a_server_without_a_free_connection_is_told(database: PostgresSettings) -> None:
    store = PostgresStoreUnderTest(database)
    store.sql(f"ALTER DATABASE {database.dbname} CONNECTION LIMIT 0")
    store.sql("CREATE ROLE crowded LOGIN PASSWORD 'local-only'")
    try:
        assert away(evolve(database, user="crowded", password="local-only"))[0] == "too_many_connections"
    finally:
        store.sql("DROP ROLE crowded")
        store.close()


def through(proxy: TcpProxy, database: PostgresSettings) -> PostgresStoreUnderTest:
    return PostgresStoreUnderTest(evolve(database, port=proxy.port), direct=database)


def test_a_server_that_hangs_in_the_middle(database: PostgresSettings) -> None:
    with TcpProxy(database.host, database.port) as proxy:
        store = through(proxy, database)
        campaign = store.put_campaign(unique("c"))
        store.repository.find_campaigns([campaign])
        proxy.hangs.set()
        began = time.monotonic()
        with pytest.raises(StoreUnavailable) as error:
            store.repository.find_campaigns([campaign])
        assert time.monotonic() - began < budgets.STORE_SECONDS + SLACK_SECONDS
        assert error.value.cause == "no_answer"
        proxy.hangs.clear()
        assert campaign in store.repository.find_campaigns([campaign])
        store.close()


def wait_until_idle(store: PostgresStoreUnderTest) -> None:
    """A connection that is still being made when the others are cut would be a second one that is lost."""
    give_up = time.monotonic() + 10
    while (figures := store.doors.pool.get_stats())["pool_available"] != figures["pool_size"]:
        assert time.monotonic() < give_up, figures
        time.sleep(0.01)


def test_a_cut_connection_is_replaced_without_a_word(database: PostgresSettings) -> None:
    with TcpProxy(database.host, database.port) as proxy:
        store = through(proxy, database)
        campaign = store.put_campaign(unique("c"))
        with ThreadPoolExecutor(4) as threads:  # several idle connections, all of them stale afterwards
            list(threads.map(lambda _: store.repository.find_campaigns([campaign]), range(8)))
        wait_until_idle(store)
        proxy.cut()
        assert store.repository.admit(admission(campaign)).verdict is Verdict.ADMITTED
        store.close()


def recover(proxy: TcpProxy) -> None:
    proxy.hangs.clear()
    proxy.cut()


def test_an_admission_whose_answer_was_lost_is_recognised_as_its_own(database: PostgresSettings) -> None:
    """The commit happened, the answer did not arrive: the same call again is no second delivery (F19)."""
    with TcpProxy(database.host, database.port) as proxy:
        store = through(proxy, database)
        campaign = store.put_campaign(unique("c"))
        store.repository.find_campaigns([campaign])
        proxy.hangs.set()
        threading.Timer(0.5, recover, (proxy,)).start()
        decision = store.repository.admit(admission(campaign))
        assert (decision.verdict, decision.replayed) == (Verdict.ADMITTED, False)
        assert len(store.repository.history(campaign, limit=10)) == 1
        store.close()


def wait_until_away(store: PostgresStoreUnderTest) -> None:
    """A backend outlives a killed server for the moment that it needs to notice."""
    give_up = time.monotonic() + 30
    while time.monotonic() < give_up:
        try:
            store.repository.pool_usage(POOLS, holders_wanted=1)
        except StoreUnavailable:
            return
    pytest.fail("a killed server still answers")


def test_a_killed_server_is_away_and_comes_back_with_what_was_acknowledged() -> None:
    with EmbeddedPostgres(durable=True) as server:
        create_roles(server.settings())
        migrate(server.settings(), ROLES)
        store = PostgresStoreUnderTest(server.settings())
        campaign = store.put_campaign("c")
        run = store.repository.admit(admission(campaign)).run
        server.kill()
        wait_until_away(store)
        server.start()
        found = store.repository.find_campaigns([campaign])[campaign]
        assert run is not None
        assert found.latest_run is not None
        assert (found.status, found.latest_run.run_id) == ("active", run.run_id)
        store.close()


def test_a_read_only_server_never_starts_anything(postgres_store: PostgresStoreUnderTest) -> None:
    campaign = postgres_store.put_campaign(unique("c"))
    name = postgres_store.sql("SELECT current_database()")[0][0]
    postgres_store.sql(f"ALTER DATABASE {name} SET default_transaction_read_only = on")
    postgres_store.doors.pool.open()
    with pytest.raises(StoreUnavailable) as error:
        postgres_store.repository.admit(admission(campaign))
    assert error.value.cause == "read_only"


def test_a_locked_campaign_is_waited_for_and_then_given_up(database: PostgresSettings) -> None:
    store = PostgresStoreUnderTest(database)
    campaign, other = store.put_campaign(unique("c")), store.put_campaign(unique("c"))
    voice = store.put_campaign(unique("c"), campaign_type="voice")
    with direct_sql.connect(database, autocommit=False) as holder:
        holder.execute("SELECT 1 FROM campaign_pools WHERE name = 'sms' FOR UPDATE")
        with pytest.raises(StoreUnavailable) as error:
            store.repository.admit(admission(campaign))
        assert error.value.cause == "contention"
        # The other channel's pool is another row: it does not wait.
        assert store.repository.admit(admission(voice)).verdict is Verdict.ADMITTED
    assert store.repository.admit(admission(other)).verdict is Verdict.ADMITTED
    store.close()


def test_a_schema_that_is_missing_is_told(empty_database: PostgresSettings) -> None:
    assert away(empty_database)[0] == "schema_does_not_fit"


def test_a_waiting_caller_for_a_connection_gives_up(database: PostgresSettings) -> None:
    doors = Doors(connection_pool(evolve(database, pool_size=1)))
    doors.pool.open()
    taken = doors.pool.getconn()
    with pytest.raises(StoreUnavailable) as error:
        PostgresCampaignRepository(doors).pool_usage(POOLS, holders_wanted=1)
    assert error.value.cause == "no_connection"
    doors.pool.putconn(taken)
    doors.close()


def test_every_error_of_the_driver_has_a_cause() -> None:
    words: dict[str, set[str]] = {}
    for name, cls in vars(psycopg.errors).items():
        if isinstance(cls, type) and issubclass(cls, psycopg.Error):
            words.setdefault(error_causes.cause_of(cls("text")).word, set()).add(name)
    assert "DiskFull" in words["disk_full"]
    assert "InsufficientPrivilege" in words["missing_grant"]
    assert "InvalidPassword" in words["authentication"]
    assert {"DeadlockDetected", "SerializationFailure", "LockNotAvailable"} <= words["contention"]
    assert {"AdminShutdown", "CrashShutdown", "CannotConnectNow"} <= words["connection_lost"]
    assert "ReadOnlySqlTransaction" in words["read_only"]
    assert "UndefinedFunction" in words["schema_does_not_fit"]
