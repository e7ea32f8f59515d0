"""Every statement of the functions that requests call is planned on indexes: the server shows its plans itself."""

import re
from collections.abc import Iterator
from uuid import uuid4

import psycopg
import pytest

from asking.past_runs import DRAFTS, LARGE_TABLES, PAST_RUNS
from asking.requests import ORIGIN
from campaign_orchestrator.container import build_container, close
from campaign_orchestrator.local.server_variables import server_variables
from campaign_orchestrator.settings import read_settings
from orchestrator_adapters.memory.deadline import NoDeadline
from orchestrator_adapters.postgres.connection_pool import BoundedConnection
from orchestrator_adapters.postgres.settings import PostgresSettings
from orchestrator_adapters.redis.settings import RedisSettings
from serving import direct_sql

SHOWN = "SET debug_print_plan = on; SET client_min_messages = 'log'; SET log_min_messages = 'fatal'"
TABLE = re.compile(r"\{RANGETBLENTRY .*?:rtekind \d(?: :relid (\d+))?")
"""An entry of a plan's list of tables, and what else rows come from; nodes of the plan name it by its place."""
WHOLE_TABLE = re.compile(r"\{SEQSCAN .*?:scan\.scanrelid (\d+)")


class ShownPlans:
    """Plans as a server tells of them, for the connections that a test makes."""

    def __init__(self, database: PostgresSettings) -> None:
        rows = direct_sql.ask(
            database, "SELECT oid::text, relname FROM pg_class WHERE relname = ANY(%s)", list(LARGE_TABLES)
        )
        self.names = dict(rows)
        self.plans: list[str] = []

    def note(self, diagnostic: psycopg.errors.Diagnostic) -> None:
        if diagnostic.message_primary == "plan:":
            self.plans.append(" ".join((diagnostic.message_detail or "").split()))

    def tables(self) -> Iterator[tuple[str, bool]]:
        """Each large table of each plan, and whether it is read whole."""
        for plan in self.plans:
            whole = {int(place) for place in WHOLE_TABLE.findall(plan)}
            for place, oid in enumerate(TABLE.findall(plan), start=1):
                if oid in self.names:
                    yield self.names[oid], place in whole


@pytest.fixture
def shown(database: PostgresSettings, monkeypatch: pytest.MonkeyPatch) -> ShownPlans:
    with direct_sql.connect(database) as sql:
        sql.execute(PAST_RUNS.encode())
        sql.execute(DRAFTS.encode())
        sql.execute("VACUUM ANALYZE")
    plans = ShownPlans(database)
    connect = BoundedConnection.connect.__func__  # type: ignore[attr-defined]

    def telling(cls: type[BoundedConnection], /, *asked: object, **more: object) -> BoundedConnection:
        connection: BoundedConnection = connect(cls, *asked, **more)
        connection.add_notice_handler(plans.note)
        connection.execute(SHOWN)
        return connection

    monkeypatch.setattr(BoundedConnection, "connect", classmethod(telling))
    return plans


def test_no_request_reads_a_whole_table(
    database: PostgresSettings, redis_settings: RedisSettings, shown: ShownPlans
) -> None:
    requests = [
        {"action": "start", "campaignId": "draft-1"},
        {"action": "pause", "campaignId": "draft-1"},
        {"action": "resume", "campaignId": "draft-1", "idempotencyKey": "resume"},
        {"action": "stop", "campaignId": "draft-1"},
        {"action": "start", "campaignId": "draft-2"},
        {"action": "status"},
        {"action": "status", "campaignIds": ["past-7", "draft-2", "draft-7"]},
        {"action": "history", "campaignId": "past-7"},
        {"action": "list", "limit": 10},
        {"action": "reconcile", "limit": 10},
        {"action": "halt", "campaignType": "sms", "reason": "test"},
        {"action": "unhalt", "campaignType": "sms", "reason": "test"},
    ]
    variables = server_variables(database, redis_settings, aws_endpoint_url="http://127.0.0.1:1")
    container = build_container(read_settings(variables | {"ORCHESTRATOR_DISPATCHERS": "memory"}))
    try:
        for request in requests:
            answer = container.service().answer(request, request_id=uuid4().hex, deadline=NoDeadline())
            assert answer.get("success", True), answer
        # No execution is at work of which no run knows.
        container.upkeep_records().note_orphan("sms", "gone-1", run=None, cause="x", origin=ORIGIN)
    finally:
        close(container)
    read = set(shown.tables())
    assert {table for table, _ in read} == set(LARGE_TABLES)
    assert [table for table, is_whole in read if is_whole] == []


def test_a_plan_that_reads_a_whole_table_is_seen(database: PostgresSettings, shown: ShownPlans) -> None:
    """What the other test relies on."""
    with direct_sql.connect(database) as sql:
        sql.add_notice_handler(shown.note)
        sql.execute(SHOWN.encode())
        sql.execute("SELECT FROM campaigns c JOIN campaign_runs r ON r.campaign_id = c.id WHERE r.cause = 'x'")
    assert ("campaign_runs", True) in set(shown.tables())
