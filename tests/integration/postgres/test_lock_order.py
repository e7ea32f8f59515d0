"""All calls at once on few campaigns and both pools: no deadlock, and no contradiction afterwards."""

import random
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from asking.requests import ORIGIN, POOLS, admission, end_of, stopping, unique
from asking.stores import PostgresStoreUnderTest
from orchestrator_adapters.postgres import doors
from orchestrator_domain.campaign import Action
from orchestrator_domain.pool_decisions import PoolRequest
from orchestrator_domain.ports.run_claims import BatchLease, Claim
from orchestrator_domain.run import Progress, Run, RunOutcome, RunState

CALLERS, STEPS = 8, 60
ACTIONS = {"draft": Action.START, "paused": Action.RESUME, "failed": Action.RETRY}


class Caller:
    """One who asks for anything, in an order that its seed decides."""

    def __init__(self, store: PostgresStoreUnderTest, campaigns: list[str], seed: int) -> None:
        self.store, self.campaigns, self.chance = store, campaigns, random.Random(seed)

    def run(self) -> None:
        steps: list[Callable[[str], object]] = [
            self.admit, self.stop, self.work, self.dispatch, self.end, self.change_a_pool, self.pause, self.look,
        ]  # fmt: skip
        for _ in range(STEPS):
            self.chance.choice(steps)(self.chance.choice(self.campaigns))

    def admit(self, campaign: str) -> None:
        status = self.store.repository.find_campaigns([campaign])[campaign].status
        self.store.repository.admit(admission(campaign, ACTIONS.get(status, Action.START)))

    def stop(self, campaign: str) -> None:
        self.store.repository.begin_stopping(stopping(campaign, Action.PAUSE))

    def work(self, campaign: str) -> None:
        run = self.latest(campaign)
        if run is None:
            return
        claims = self.store.run_claims
        claim = claims.claim(run.identity, run_id=run.run_id, claimant="me", attempt=None)
        if isinstance(claim, Claim):
            lease = claims.begin_batch(claim, lease_seconds=60, size=1)
            if isinstance(lease, BatchLease):
                claims.end_batch(claim, lease, progress=Progress(total=1, sent=1))
            claims.finish(claim, outcome=RunOutcome.FAILED, progress=Progress(total=1, sent=1), cause="x")

    def dispatch(self, campaign: str) -> None:
        run = self.latest(campaign)
        if run is not None:
            self.store.repository.begin_attempt(
                run.identity, expected_attempts=run.attempts, claim_window_seconds=60
            )
            self.store.repository.mark_dispatched(
                run.identity, reference="r", state=RunState.DISPATCHED, origin=ORIGIN
            )

    def end(self, campaign: str) -> None:
        run = self.latest(campaign)
        if run is not None:
            self.store.repository.end_run(end_of(run, self.chance.choice([RunOutcome.FAILED, RunOutcome.RETURNED])))

    def change_a_pool(self, _: str) -> None:
        pool = self.chance.choice(["voice", "sms"])
        self.store.pool_control.set_limit(pool, self.chance.choice([1, 2, None]), origin=ORIGIN)
        self.store.pool_control.set_halt(pool, self.chance.choice([None, None, None, None, "why"]), origin=ORIGIN)
        both = {pool: self.chance.choice([1, 2, None]), "sms": 2, "voice": 2}
        self.store.pool_control.change(PoolRequest(limits=both, origin=ORIGIN))

    def pause(self, campaign: str) -> None:
        run = self.latest(campaign)
        if run is not None:
            self.store.pool_control.pause_run(run.identity, origin=ORIGIN)

    def look(self, _: str) -> None:
        self.store.repository.pool_usage(POOLS, holders_wanted=5)

    def latest(self, campaign: str) -> Run | None:
        return self.store.repository.find_campaigns([campaign])[campaign].latest_run


@pytest.mark.parametrize("seed", [1, 2])
def test_no_call_waits_for_another_in_a_circle(
    postgres_store: PostgresStoreUnderTest, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    monkeypatch.setattr(doors, "MOST_CALLS", 1)  # so that a deadlock is told, and not run again
    campaigns = [
        postgres_store.put_campaign(unique("c"), campaign_type=kind)
        for kind in ("sms", "sms", "sms", "voice", "voice")
    ]
    callers = [Caller(postgres_store, campaigns, seed * CALLERS + number) for number in range(CALLERS)]
    with ThreadPoolExecutor(CALLERS) as threads:
        for finished in [threads.submit(caller.run) for caller in callers]:
            finished.result()
    sql = postgres_store.sql
    assert sql("SELECT count(*) > 10 FROM campaign_runs") == [(True,)]
    admitted_or_ended = "SELECT count(*) FROM campaign_events WHERE kind "
    assert sql(admitted_or_ended + "LIKE '%%_admitted'") == sql("SELECT count(*) FROM campaign_runs")
    assert sql(admitted_or_ended + "= 'run_ended'") == sql(
        "SELECT count(*) FROM campaign_runs WHERE state = 'ended'"
    )
    assert (
        sql(
            "SELECT c.status FROM campaigns c JOIN campaign_runs r ON r.campaign_id = c.id AND r.state <> 'ended'"
            " WHERE c.status NOT IN ('active', 'paused') OR (c.status = 'paused') <> (r.state = 'stopping')"
        )
        == []
    )
    assert sql("SELECT campaign_id FROM campaign_runs GROUP BY campaign_id HAVING max(number) <> count(*)") == []
