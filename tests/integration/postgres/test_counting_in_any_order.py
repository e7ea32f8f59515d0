"""Whatever was done to runs and pools, in whatever order: the next admission knows what room there is (I1)."""

from typing import Final

import psycopg
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from asking.counted_runs import COUNT_AGAIN, COUNTED, END, KNOWN_TOO_HIGH, LIVE
from asking.requests import SMS_LIMIT, VOICE_LIMIT, admission, unique
from asking.stores import PostgresStoreUnderTest
from orchestrator_domain.decisions import Verdict
from serving import direct_sql

LIMITS: Final = {"sms": SMS_LIMIT, "voice": VOICE_LIMIT}
AFRESH: Final = """
    TRUNCATE campaign_runs;
    TRUNCATE campaign_pools;
    DELETE FROM campaign_pool_ends;
    INSERT INTO campaign_pools (name) VALUES ('sms'), ('voice');
"""
BY_HAND: Final = """
    INSERT INTO campaign_runs (
        campaign_id, number, run_id, campaign_type, pool, state, execution_name, dispatch_input, previous_status,
        request_key, created_at, last_attempt_at
    ) SELECT name, 1, name, 'sms', '{pool}', 'running', name, '{{}}', 'draft', 'k', now(), now()
    FROM (SELECT gen_random_uuid()::text AS name) one
"""
AN_OLD_ONE: Final = "(SELECT run_id FROM campaign_runs WHERE state {is} 'ended' ORDER BY created_at LIMIT 1)"
LIVING: Final = AN_OLD_ONE.format(**{"is": "<>"})
GONE: Final = AN_OLD_ONE.format(**{"is": "="})
RENAME: Final = "UPDATE campaign_pools SET name = '{}' WHERE name = '{}'"
UNCOUNTED: Final = "SET session_replication_role = replica; {}; RESET session_replication_role;"
STATEMENTS: Final = [
    f"UPDATE campaign_runs SET {END} WHERE run_id = {LIVING}",
    f"UPDATE campaign_runs SET {END} WHERE pool = 'sms' AND state <> 'ended'",
    f"UPDATE campaign_runs SET state = 'running', ended_at = NULL, outcome = NULL WHERE run_id = {GONE}",
    f"UPDATE campaign_runs SET pool = CASE pool WHEN 'sms' THEN 'voice' ELSE 'sms' END WHERE run_id = {LIVING}",
    f"DELETE FROM campaign_runs WHERE run_id = {LIVING}",
    f"DELETE FROM campaign_runs WHERE run_id = {GONE}",
    BY_HAND.format(pool="sms"),
    BY_HAND.format(pool="voice"),
    f"BEGIN; {BY_HAND.format(pool='sms')}; ROLLBACK",
    "TRUNCATE campaign_runs",
    "TRUNCATE campaign_pools",
    "DELETE FROM campaign_pools WHERE name = 'sms'",
    "DELETE FROM campaign_pools WHERE name = 'voice'; " + RENAME.format("voice", "sms"),
    "DELETE FROM campaign_pools WHERE name = 'sms'; " + RENAME.format("sms", "voice"),
    ";".join([RENAME.format("x", "sms"), RENAME.format("sms", "voice"), RENAME.format("voice", "x")]),
    UNCOUNTED.format(BY_HAND.format(pool="sms")) + COUNT_AGAIN,
    UNCOUNTED.format(f"UPDATE campaign_runs SET {END} WHERE run_id = {LIVING}") + COUNT_AGAIN,
]
A_START: Final = "a start, where there is room"
STEPS: Final = st.lists(
    st.tuples(st.sampled_from([A_START] * len(STATEMENTS) + STATEMENTS), st.sampled_from(sorted(LIMITS))),
    min_size=5,
    max_size=40,
)


@settings(
    max_examples=80,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(steps=STEPS)
def test_the_next_admission_knows_what_room_there_is(
    postgres_store: PostgresStoreUnderTest, steps: list[tuple[str, str]]
) -> None:
    with direct_sql.connect(postgres_store.settings) as sql:
        sql.execute(AFRESH)
        for what, pool in steps:
            if what == A_START:
                is_admitted_where_there_is_room(postgres_store, sql, pool)
            else:
                sql.execute(what.encode())
            assert sql.execute(COUNTED.encode()).fetchall() == sql.execute(LIVE.encode()).fetchall()
            assert sql.execute(KNOWN_TOO_HIGH.encode()).fetchall() == []


def is_admitted_where_there_is_room(store: PostgresStoreUnderTest, sql: psycopg.Connection, pool: str) -> None:
    live = {name: number for name, number in sql.execute(LIVE.encode())}
    decision = store.repository.admit(admission(store.put_campaign(unique("c"), campaign_type=pool)))
    has_room = live.get(pool, 0) < LIMITS[pool]
    assert decision.verdict is (Verdict.ADMITTED if has_room else Verdict.RESOURCE_LIMIT_REACHED)
