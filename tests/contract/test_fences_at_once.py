"""Batches against pause, stop and halt at the same moment, over every adapter: the first is seen by the other."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from threading import Barrier
from typing import TypeVar

import pytest

from asking.requests import ORIGIN, admission, stopping, unique
from asking.stores import StoreUnderTest
from orchestrator_domain.campaign import Action
from orchestrator_domain.decisions import Verdict
from orchestrator_domain.ports.run_claims import BatchLease, Claim, ClaimRefusal
from orchestrator_domain.run import Run, RunState

ROUNDS = 25
BATCH_SIZE = 5
_One = TypeVar("_One")
_Other = TypeVar("_Other")


def claimed(store: StoreUnderTest) -> tuple[Run, Claim]:
    run = store.repository.admit(admission(store.put_campaign(unique("c")))).run
    assert run is not None
    claim = store.run_claims.claim(run.identity, run_id=run.run_id, claimant="me", attempt=1)
    assert isinstance(claim, Claim)
    return run, claim


def at_once(one: Callable[[], _One], other: Callable[[], _Other]) -> tuple[_One, _Other]:
    barrier = Barrier(2, timeout=30)

    def begin_together(call: Callable[[], _One]) -> _One:
        barrier.wait()
        return call()

    with ThreadPoolExecutor(1) as threads:
        began = threads.submit(begin_together, one)
        barrier.wait()
        answer = other()
        return began.result(), answer


@pytest.mark.parametrize("action", [Action.PAUSE, Action.STOP])
def test_a_batch_is_seen_by_the_stop_or_refused_by_it(store: StoreUnderTest, action: Action) -> None:
    store.pool_control.set_limit("sms", 1_000, origin=ORIGIN)
    for _ in range(ROUNDS):
        run, claim = claimed(store)
        begun, stopped = at_once(
            partial(store.run_claims.begin_batch, claim, lease_seconds=60, size=BATCH_SIZE),
            partial(store.repository.begin_stopping, stopping(run.campaign_id, action)),
        )
        assert stopped.run is not None
        assert stopped.run.state is RunState.STOPPING
        if isinstance(begun, BatchLease):
            assert (stopped.run.in_flight, stopped.run.lease_until) == (BATCH_SIZE, begun.until)
        else:
            assert (begun, stopped.run.in_flight) == (ClaimRefusal.NOT_LIVE, 0)


def test_a_batch_has_begun_when_the_halt_returns_or_is_refused_by_it(store: StoreUnderTest) -> None:
    store.pool_control.set_limit("sms", 1_000, origin=ORIGIN)
    for _ in range(ROUNDS):
        run, claim = claimed(store)

        def halt_and_look(run: Run = run) -> Run | None:
            store.pool_control.set_halt("sms", "an incident", origin=ORIGIN)
            return store.repository.find_run(run.identity)

        begun, seen = at_once(
            partial(store.run_claims.begin_batch, claim, lease_seconds=60, size=BATCH_SIZE),
            halt_and_look,
        )
        assert seen is not None
        if isinstance(begun, BatchLease):
            assert seen.in_flight == BATCH_SIZE
        else:
            assert (begun, seen.in_flight) == (ClaimRefusal.HALTED, 0)
        store.pool_control.set_halt("sms", None, origin=ORIGIN)


def test_a_claim_stands_when_the_halt_returns_or_is_refused_by_it(store: StoreUnderTest) -> None:
    store.pool_control.set_limit("sms", 1_000, origin=ORIGIN)
    for _ in range(ROUNDS):
        run = store.repository.admit(admission(store.put_campaign(unique("c")))).run
        assert run is not None

        def halt_and_look(run: Run = run) -> Run | None:
            store.pool_control.set_halt("sms", "an incident", origin=ORIGIN)
            return store.repository.find_run(run.identity)

        claim, seen = at_once(
            partial(store.run_claims.claim, run.identity, run_id=run.run_id, claimant="me", attempt=1),
            halt_and_look,
        )
        assert seen is not None
        if isinstance(claim, Claim):
            assert seen.claimant == "me"
        else:
            assert (claim, seen.claimant) == (ClaimRefusal.HALTED, None)
        store.pool_control.set_halt("sms", None, origin=ORIGIN)


def test_several_deliveries_of_one_stop_are_one(store: StoreUnderTest) -> None:
    campaign = claimed(store)[0].campaign_id
    with ThreadPoolExecutor(8) as threads:
        decisions = list(
            threads.map(lambda _: store.repository.begin_stopping(stopping(campaign, key="k")), range(8))
        )
    assert {decision.verdict for decision in decisions} == {Verdict.STOPPING}
    assert [decision.replayed for decision in decisions].count(False) == 1


def test_several_deliveries_of_one_stop_of_a_vanished_campaign_are_one(store: StoreUnderTest) -> None:
    store.pool_control.set_limit("sms", 1_000, origin=ORIGIN)
    for _ in range(5):
        campaign = claimed(store)[0].campaign_id
        store.delete_campaign(campaign)
        barrier = Barrier(8, timeout=30)

        def deliver(_: int, campaign: str = campaign, barrier: Barrier = barrier) -> tuple[Verdict, bool]:
            barrier.wait()
            decision = store.repository.begin_stopping(stopping(campaign, key="k"))
            return decision.verdict, decision.replayed

        with ThreadPoolExecutor(8) as threads:
            decisions = list(threads.map(deliver, range(8)))
        assert {verdict for verdict, _ in decisions} == {Verdict.STOPPING}
        assert [replayed for _, replayed in decisions].count(False) == 1
