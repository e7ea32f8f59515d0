"""A limit that moves while campaigns start and end, judged afterwards by the order of the commits."""

import multiprocessing
import random
import time
from collections.abc import Mapping
from typing import Any

import pytest

from asking.requests import ORIGIN
from orchestrator_adapters.postgres.connection_pool import connection_pool
from orchestrator_adapters.postgres.doors import Doors
from orchestrator_adapters.postgres.pool_control import PostgresPoolControl
from orchestrator_adapters.postgres.settings import PostgresSettings
from serving.deployed import Deployed
from serving.starting_processes import StartingProcesses

LIMITS = {"sms": [0, 3, 5, 8, 12], "voice": [0, 1, 3, 5]}
DEFAULTS = {"sms": 10, "voice": 5}
SECONDS = 6.0


def move_the_limit(settings: PostgresSettings, pool: str, seconds: float) -> None:
    chance, doors = random.Random(7), Doors(connection_pool(settings))
    control = PostgresPoolControl(doors)
    give_up = time.monotonic() + seconds
    while time.monotonic() < give_up:
        control.set_limit(pool, chance.choice(LIMITS[pool]), origin=ORIGIN)
        time.sleep(0.005)
    doors.close()


@pytest.mark.parametrize("pool", ["sms", "voice"])
def test_no_admission_at_or_above_the_limit_in_force(campaigns: Deployed, pool: str) -> None:
    everybody = [campaigns.put_campaign(pool) for _ in range(60)]
    before = campaigns.sql("SELECT coalesce(max(id), 0) FROM campaign_events")[0][0]
    # In memory: what is judged here is admission, and the real dispatchers would only slow it down.
    variables = campaigns.variables(ORCHESTRATOR_DISPATCHERS="memory")
    context = multiprocessing.get_context("spawn")
    mover = context.Process(target=move_the_limit, args=(campaigns.postgres, pool, SECONDS))
    with StartingProcesses(variables, processes=4) as processes:
        mover.start()
        chance = random.Random(3)
        while mover.is_alive():
            processes.ask_all([event_of(chance, campaign) for campaign in chance.sample(everybody, 24)])
            campaigns.sql("UPDATE campaigns SET status = 'draft' WHERE status = 'cancelled'")
        mover.join()
    assert judged(campaigns, pool, before) > 10


def event_of(chance: random.Random, campaign: str) -> Mapping[str, Any]:
    return {"action": chance.choice(["start", "start", "stop"]), "campaignId": campaign}


def judged(campaigns: Deployed, pool: str, after: int) -> int:
    """Replay limits, admissions and ends in the order of their commits; returns how many were admitted."""
    rows = campaigns.sql(
        "SELECT e.kind, e.detail FROM campaign_events e"
        " LEFT JOIN campaign_runs r ON r.campaign_id::text = e.campaign_id AND r.number = e.run_number"
        " WHERE e.id > %s AND (e.campaign_id = %s OR r.pool = %s)"
        " AND e.kind IN ('limit_changed', 'start_admitted', 'run_ended')"
        " ORDER BY pg_xact_commit_timestamp(e.xmin), e.id",
        after,
        f"pool:{pool}",
        pool,
    )
    live, limit, admitted = 0, DEFAULTS[pool], 0
    for kind, detail in rows:
        if kind == "limit_changed":
            limit = DEFAULTS[pool] if detail["limit"] is None else detail["limit"]
        elif kind == "run_ended":
            live -= 1
        else:
            assert live < limit, f"admission {admitted} at {live} live with limit {limit}"
            live, admitted = live + 1, admitted + 1
    return admitted


def test_the_replay_can_fail(campaigns: Deployed) -> None:
    """An admission above the limit would be seen: the judge is given one."""
    before = campaigns.sql("SELECT coalesce(max(id), 0) FROM campaign_events")[0][0]
    for number in range(2):
        campaign = campaigns.put_campaign("sms")
        campaigns.sql(
            "INSERT INTO campaign_runs (campaign_id, number, run_id, campaign_type, pool, state, execution_name,"
            " dispatch_input, previous_status, request_key, created_at, last_attempt_at)"
            " VALUES (%s, 1, 'x', 'sms', 'sms', 'running', %s, '{}', 'draft', 'k', now(), now())",
            campaign,
            f"forged-{campaign}",
        )
        if number == 0:
            detail = '{"limit": 1}'
            campaigns.sql(
                "INSERT INTO campaign_events (campaign_id, at, kind, source, detail)"
                " VALUES ('pool:sms', now(), 'limit_changed', 'test', %s)",
                detail,
            )
        campaigns.sql(
            "INSERT INTO campaign_events (campaign_id, at, kind, run_number, source)"
            " VALUES (%s, now(), 'start_admitted', 1, 'test')",
            campaign,
        )
    with pytest.raises(AssertionError, match="1 live with limit 1"):
        judged(campaigns, "sms", before)
