"""Migrations: shipped with the package, repeatable, safe at once, and on a table that was there before."""

import uuid
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

import psycopg
import pytest

from asking.requests import admission, stopping
from asking.stores import PostgresStoreUnderTest
from campaign_orchestrator.local.run_time_users import ROLES
from orchestrator_adapters.postgres.migrate import SchemaDoesNotFit, migrate, scripts
from orchestrator_adapters.postgres.settings import PostgresSettings
from orchestrator_domain.campaign import Action
from orchestrator_domain.decisions import Verdict
from orchestrator_domain.ports.run_claims import Claim
from serving import direct_sql


def connect(settings: PostgresSettings) -> psycopg.Connection:
    return direct_sql.connect(settings)


def test_a_second_migration_applies_nothing(empty_database: PostgresSettings) -> None:
    first, second = migrate(empty_database), migrate(empty_database)
    assert first.applied == tuple(script.name for script in scripts())
    assert (second.applied, second.unchanged) == ((), first.applied)


def test_several_processes_at_once_apply_each_script_once(empty_database: PostgresSettings) -> None:
    with ProcessPoolExecutor(4, mp_context=get_context("spawn")) as processes:
        reports = list(processes.map(migrate, [empty_database] * 4))
    applied = [name for report in reports for name in report.applied]
    assert sorted(applied) == sorted(script.name for script in scripts())


def test_a_changed_function_is_applied_again(empty_database: PostgresSettings) -> None:
    migrate(empty_database)
    with connect(empty_database) as connection:
        connection.execute(
            "UPDATE campaign_schema_migrations SET checksum = 'old' WHERE name = 'doors/40_admit.sql'"
        )
    assert migrate(empty_database).applied == ("doors/40_admit.sql",)


def test_a_database_of_a_later_version_is_refused(empty_database: PostgresSettings) -> None:
    migrate(empty_database)
    with connect(empty_database) as connection:
        connection.execute(
            "INSERT INTO campaign_schema_migrations (name, checksum) VALUES ('migrations/9999_later.sql', 'x')"
        )
    with pytest.raises(SchemaDoesNotFit, match="9999_later"):
        migrate(empty_database)


def test_a_migration_that_was_applied_with_another_content_is_refused(empty_database: PostgresSettings) -> None:
    migrate(empty_database)
    with connect(empty_database) as connection:
        connection.execute(
            "UPDATE campaign_schema_migrations SET checksum = 'x' WHERE name = 'migrations/0001_tables.sql'"
        )
    with pytest.raises(SchemaDoesNotFit, match="0001_tables"):
        migrate(empty_database)


def test_a_migration_that_fails_leaves_nothing_behind(empty_database: PostgresSettings) -> None:
    with connect(empty_database) as connection:
        connection.execute("CREATE TABLE campaign_requests (unexpected text)")
    with pytest.raises(psycopg.Error):
        migrate(empty_database)
    with connect(empty_database) as connection:
        found = connection.execute("SELECT to_regclass('campaign_runs'), to_regclass('campaigns')").fetchone()
    assert found == (None, None)


STATUSES = "'draft', 'scheduled', 'active', 'paused', 'cancelled', 'completed', 'failed'"


@pytest.mark.parametrize("id_type", ["text", "uuid", "varchar(36)"])
@pytest.mark.parametrize("config_type", ["jsonb", "json", "text"])
@pytest.mark.parametrize("status_type", ["text", "campaign_status"])
def test_an_existing_table_is_adopted(
    empty_database: PostgresSettings, id_type: str, config_type: str, status_type: str
) -> None:
    campaign = str(uuid.uuid4())
    with connect(empty_database) as connection:
        connection.execute(f"CREATE TYPE campaign_status AS ENUM ({STATUSES})".encode())
        connection.execute(
            f"CREATE TABLE campaigns (id {id_type} PRIMARY KEY, name text, type text, status {status_type},"
            f" config {config_type}, timezone text, updated_at timestamptz, owner text DEFAULT 'them')".encode()
        )
        connection.execute(
            "INSERT INTO campaigns (id, name, type, status, config) VALUES (%s, 'N', 'sms', 'draft', %s)",
            (campaign, '{"messages": 3}'),
        )
    migrate(empty_database, ROLES)
    store = PostgresStoreUnderTest(empty_database)
    run = store.repository.admit(admission(campaign.upper() if id_type == "uuid" else campaign)).run
    assert run is not None
    assert run.campaign_id == campaign
    assert b'"messages": 3' in run.dispatch_input
    claim = store.run_claims.claim(run.identity, run_id=run.run_id, claimant="me", attempt=1)
    assert isinstance(claim, Claim)
    paused = store.repository.begin_stopping(stopping(campaign, Action.PAUSE))
    assert paused.verdict is Verdict.STOPPING
    found = store.repository.find_campaigns([campaign])
    assert (found[campaign].status, found[campaign].config) == ("paused", {"messages": 3})
    assert store.repository.admit(admission("no-such-campaign")).verdict is Verdict.CAMPAIGN_NOT_FOUND
    assert store.sql("SELECT owner FROM campaigns") == [("them",)]
    store.close()


def test_a_config_that_is_no_json_makes_the_campaign_invalid(empty_database: PostgresSettings) -> None:
    with connect(empty_database) as connection:
        connection.execute(
            "CREATE TABLE campaigns (id text PRIMARY KEY, name text, type text, status text, config text,"
            " timezone text, updated_at timestamptz)"
        )
        connection.execute("INSERT INTO campaigns VALUES ('c', 'N', 'sms', 'draft', 'nonsense', NULL, now())")
    migrate(empty_database, ROLES)
    store = PostgresStoreUnderTest(empty_database)
    decision = store.repository.admit(admission("c"))
    assert decision.verdict is Verdict.INVALID_CAMPAIGN
    assert decision.invalid_field is not None
    assert "nonsense" not in decision.invalid_field.value
    store.close()


def test_the_audit_trail_is_append_only(postgres_store: PostgresStoreUnderTest) -> None:
    campaign = postgres_store.put_campaign("c")
    postgres_store.repository.admit(admission(campaign))
    for statement in (
        "UPDATE campaign_events SET kind = 'x'",
        "DELETE FROM campaign_events",
        "TRUNCATE campaign_events",
    ):
        with pytest.raises(psycopg.errors.RaiseException):
            postgres_store.sql(statement)


def test_the_queries_of_a_start_use_indexes(postgres_store: PostgresStoreUnderTest) -> None:
    """With many ended runs, counting the live ones of a pool reads no ended one."""
    postgres_store.sql(
        "INSERT INTO campaign_runs (campaign_id, number, run_id, campaign_type, pool, state, execution_name,"
        " dispatch_input, previous_status, request_key, created_at, last_attempt_at, ended_at, outcome)"
        " SELECT 'old', n, n::text, 'sms', 'sms', 'ended', 'old-' || n, '{}', 'draft', 'k', now(), now(), now(),"
        " 'succeeded' FROM generate_series(1, 20000) n"
    )
    postgres_store.sql("ANALYZE campaign_runs")
    plan = postgres_store.sql(
        "EXPLAIN SELECT count(*) FROM campaign_runs r WHERE r.pool = 'sms' AND r.state <> 'ended'"
    )
    assert "Seq Scan" not in "\n".join(row[0] for row in plan)
