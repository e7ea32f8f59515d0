"""Rows that a table of others may hold and ours may not: refused as campaigns, never as a store that is away."""

import json
import zoneinfo
from typing import Any

import pytest

from asking.requests import admission, stopping
from asking.stores import PostgresStoreUnderTest
from campaign_orchestrator.local.run_time_users import ROLES
from orchestrator_adapters.postgres.migrate import migrate
from orchestrator_adapters.postgres.settings import PostgresSettings
from orchestrator_domain.decisions import Decision, Verdict
from serving import direct_sql

NO_ZONES = {"Factory", "localtime", "posixrules"}
"""Names in the lists of an operating system that are no zone of a campaign."""


def adopted(settings: PostgresSettings, row: tuple[Any, ...], *, config_type: str = "jsonb") -> None:
    """A migrated database whose table "campaigns" was there before, with ``row`` (name, type, status, config)."""
    with direct_sql.connect(settings, autocommit=False) as connection:
        connection.execute(
            f"CREATE TABLE campaigns (id text PRIMARY KEY, name text, type text, status text, config {config_type},"
            " timezone text, updated_at timestamptz)".encode()
        )
        connection.execute("INSERT INTO campaigns VALUES ('c', %s, %s, %s, %s)", row)
    migrate(settings, ROLES)


def started(settings: PostgresSettings) -> Decision:
    store = PostgresStoreUnderTest(settings)
    try:
        return store.repository.admit(admission("c"))
    finally:
        store.close()


def test_without_a_name(empty_database: PostgresSettings) -> None:
    adopted(empty_database, (None, "sms", "draft", "{}"))
    decision = started(empty_database)
    assert decision.run is not None
    assert json.loads(decision.run.dispatch_input)["campaignName"] == ""


def test_without_a_type(empty_database: PostgresSettings) -> None:
    adopted(empty_database, ("N", None, "draft", "{}"))
    decision = started(empty_database)
    assert decision.verdict is Verdict.INVALID_CAMPAIGN
    assert decision.invalid_field is not None
    assert (decision.invalid_field.name, decision.invalid_field.value) == ("type", "")


def test_without_a_status(empty_database: PostgresSettings) -> None:
    adopted(empty_database, ("N", "sms", None, "{}"))
    assert started(empty_database).verdict is Verdict.INVALID_STATE
    store = PostgresStoreUnderTest(empty_database)
    assert store.repository.begin_stopping(stopping("c")).verdict is Verdict.INVALID_STATE
    assert store.sql("SELECT status FROM campaigns") == [(None,)]
    store.close()


def test_without_a_config(empty_database: PostgresSettings) -> None:
    adopted(empty_database, ("N", "sms", "draft", None))
    decision = started(empty_database)
    assert decision.invalid_field is not None
    assert decision.invalid_field.name == "config"


@pytest.mark.parametrize("config_type", ["json", "text"])
@pytest.mark.parametrize("config", ['{"text": "\\u0000"}', '{"n": 1e999999}'])
def test_with_a_config_that_jsonb_cannot_hold(
    empty_database: PostgresSettings, config_type: str, config: str
) -> None:
    adopted(empty_database, ("N", "sms", "draft", config), config_type=config_type)
    decision = started(empty_database)
    assert decision.verdict is Verdict.INVALID_CAMPAIGN
    assert decision.invalid_field is not None
    assert (decision.invalid_field.name, decision.invalid_field.value) == ("config", "no JSON")


def test_every_zone_of_the_iana_database_is_known(postgres_store: PostgresStoreUnderTest) -> None:
    names = sorted(zoneinfo.available_timezones() - NO_ZONES)
    assert len(names) > 400
    rows = postgres_store.sql("SELECT n FROM unnest(%s::text[]) n WHERE NOT campaign_timezone_is_known(n)", names)
    assert rows == []
