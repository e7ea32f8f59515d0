"""What a request reads depends on what is live, and not on what has been: counted by the server itself."""

import time
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from attrs import define

from asking.past_runs import DRAFTS, LARGE_TABLES, PAST, PAST_RUNS
from asking.requests import admission
from campaign_orchestrator.container import build_container, close
from campaign_orchestrator.local.server_variables import server_variables
from campaign_orchestrator.settings import Settings, read_settings
from orchestrator_adapters.memory.deadline import NoDeadline
from orchestrator_adapters.postgres.settings import PostgresSettings
from orchestrator_adapters.redis.settings import RedisSettings
from orchestrator_domain.decisions import Verdict
from serving import direct_sql

LIVE = 20
SECONDS_TO_END = 10.0
MOST_ROWS = 40 * LIVE
LIVE_RUNS = f"""
INSERT INTO campaigns (id, name, type, status)
    SELECT 'live-' || i, 'A campaign', 'sms', 'active' FROM generate_series(1, {LIVE}) i;
INSERT INTO campaign_runs (
    campaign_id, number, run_id, campaign_type, pool, state, execution_name, dispatch_input, previous_status,
    request_key, created_at, last_attempt_at, dispatched_at
)
    SELECT 'live-' || i, 1, md5(i::text), 'sms', 'sms', 'running', 'live-' || i || '-1', '{{}}', 'draft', 'k',
        now(), now(), now()
    FROM generate_series(1, {LIVE}) i;
"""
MANY_MORE_LIVE = """
UPDATE campaign_runs SET state = 'running', ended_at = NULL, outcome = NULL
    WHERE campaign_id IN (SELECT 'past-' || i FROM generate_series(1, 5000) i)
"""


@define
class Counted:
    """An orchestrator whose reading is counted."""

    settings: Settings
    database: PostgresSettings

    def ask(self, action: str, **more: Any) -> None:
        container = build_container(self.settings)
        try:
            answer = container.service().answer(
                {"action": action, **more}, request_id=uuid4().hex, deadline=NoDeadline()
            )
        finally:
            close(container)
        assert answer.get("success", True), answer

    def admit(self, campaign_id: str) -> None:
        container = build_container(self.settings)
        try:
            decision = container.repository().admit(admission(campaign_id))
        finally:
            close(container)
        assert decision.verdict is Verdict.ADMITTED

    def reading(self, work: Callable[[], object]) -> dict[str, int]:
        """The rows that ``work`` reads, of each large table; a scan of a whole table counts as all of it."""
        before = self._read()
        work()
        return {table: rows - before[table] for table, rows in self._read().items()}

    def _read(self) -> dict[str, int]:
        self._wait_for_the_others()  # a process of the server tells of its reading when it ends, if not before
        rows = direct_sql.ask(
            self.database,
            "SELECT relname, coalesce(seq_tup_read, 0) + coalesce(idx_tup_fetch, 0) + coalesce(sum, 0)"
            " FROM pg_stat_user_tables LEFT JOIN ("
            "  SELECT relid, sum(idx_tup_read) FROM pg_stat_user_indexes GROUP BY relid"
            " ) indexes USING (relid) WHERE relname = ANY(%s)",
            list(LARGE_TABLES),
        )
        return {table: int(read) for table, read in rows}

    def _wait_for_the_others(self) -> None:
        give_up = time.monotonic() + SECONDS_TO_END
        others = "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
        while direct_sql.ask(self.database, others):
            assert time.monotonic() < give_up
            time.sleep(0.01)


@pytest.fixture
def counted(database: PostgresSettings, redis_settings: RedisSettings) -> Counted:
    with direct_sql.connect(database) as sql:
        for rows in (PAST_RUNS, LIVE_RUNS, DRAFTS):
            sql.execute(rows.encode())
        sql.execute("VACUUM ANALYZE")
    variables = server_variables(database, redis_settings, aws_endpoint_url="http://127.0.0.1:1") | {
        "ORCHESTRATOR_DISPATCHERS": "memory",
        "MAX_CONCURRENT_SMS_CAMPAIGNS": str(10 * LIVE),
    }
    return Counted(read_settings(variables), database)


def test_no_request_reads_what_has_been(counted: Counted) -> None:
    """One database for all requests: filling it takes longer than asking."""
    requests: list[Callable[[], object]] = [
        lambda: counted.ask("start", campaignId="draft-1"),
        lambda: counted.ask("pause", campaignId="draft-1"),
        lambda: counted.ask("resume", campaignId="draft-1", idempotencyKey="resume"),
        lambda: counted.ask("stop", campaignId="draft-1"),
        lambda: counted.ask("status"),
        lambda: counted.ask("status", campaignIds=["past-7", "live-7", "draft-7"]),
        lambda: counted.ask("history", campaignId="past-7"),
        lambda: counted.ask("list", limit=10),
        lambda: counted.ask("reconcile", limit=10),
        lambda: counted.ask("halt", campaignType="sms", reason="test"),
        lambda: counted.ask("unhalt", campaignType="sms", reason="test"),
    ]
    for number, request in enumerate(requests):
        read = counted.reading(request)
        most = MOST_ROWS if number != 7 else 5_000  # a page of the list looks at a bounded number of campaigns
        assert max(read.values()) <= most, (number, read)


def test_an_admission_reads_none_of_its_pool_s_live_runs(counted: Counted) -> None:
    with direct_sql.connect(counted.database) as sql:
        sql.execute(MANY_MORE_LIVE.encode())
        sql.execute("UPDATE campaign_pools SET max_live = %s WHERE name = 'sms'", (PAST,))
        sql.execute("VACUUM ANALYZE")
    read = counted.reading(lambda: counted.admit("draft-2"))
    assert max(read.values()) <= LIVE, read


def test_a_reading_of_everything_is_counted(counted: Counted) -> None:
    """What this module relies on."""
    read = counted.reading(lambda: direct_sql.ask(counted.database, "SELECT sum(length(cause)) FROM campaign_runs"))
    assert read["campaign_runs"] >= PAST
