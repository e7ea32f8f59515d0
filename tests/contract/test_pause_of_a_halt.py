"""What a halt does to the live runs of its pool, promise by promise, over every adapter."""

import pytest

from asking.requests import ORIGIN, admission, end_of, stopping, unique
from asking.stores import StoreUnderTest
from orchestrator_domain.campaign import Action
from orchestrator_domain.ports.run_claims import BatchLease, Claim, ClaimRefusal
from orchestrator_domain.run import Run, RunIdentity, RunState

REASON = "an incident"


def live(store: StoreUnderTest, campaign_type: str = "sms") -> Run:
    run = store.repository.admit(admission(store.put_campaign(unique("c"), campaign_type=campaign_type))).run
    assert run is not None
    return run


def status(store: StoreUnderTest, run: Run) -> str:
    return store.repository.find_campaigns([run.campaign_id])[run.campaign_id].status


def rows(store: StoreUnderTest, run: Run) -> int:
    return len(store.repository.history(run.campaign_id, limit=50))


def test_it_is_stopping_and_its_campaign_paused_by_one_commit_with_one_row(store: StoreUnderTest) -> None:
    run = live(store)
    store.pool_control.set_halt("sms", REASON, origin=ORIGIN)
    paused = store.pool_control.pause_run(run.identity, origin=ORIGIN)
    assert paused is not None
    assert (paused.identity, paused.state) == (run.identity, RunState.STOPPING)
    assert status(store, run) == "paused"
    *_, row = store.repository.history(run.campaign_id, limit=50)
    assert (row.kind, row.cause, row.origin, row.run_number) == ("halt_requested", REASON, ORIGIN, run.number)
    assert (row.status_from, row.status_to) == ("active", "paused")
    assert (row.run_state_from, row.run_state_to) == ("dispatching", "stopping")


def test_repeating_it_changes_nothing_and_answers_alike(store: StoreUnderTest) -> None:
    run = live(store)
    store.pool_control.set_halt("sms", REASON, origin=ORIGIN)
    first = store.pool_control.pause_run(run.identity, origin=ORIGIN)
    before = rows(store, run)
    again = store.pool_control.pause_run(run.identity, origin=ORIGIN)
    assert first is not None
    assert again is not None
    assert (again.state, again.cause) == (first.state, first.cause)
    assert rows(store, run) == before


def test_without_a_halt_of_its_own_pool_nothing_is_paused(store: StoreUnderTest) -> None:
    run = live(store)
    store.pool_control.set_halt("voice", REASON, origin=ORIGIN)
    before = rows(store, run)
    assert store.pool_control.pause_run(run.identity, origin=ORIGIN) is None
    store.pool_control.set_halt("sms", REASON, origin=ORIGIN)
    store.pool_control.set_halt("sms", None, origin=ORIGIN)
    assert store.pool_control.pause_run(run.identity, origin=ORIGIN) is None
    assert (status(store, run), rows(store, run)) == ("active", before)


def test_a_run_that_is_not_there_is_not_paused(store: StoreUnderTest) -> None:
    store.pool_control.set_halt("sms", REASON, origin=ORIGIN)
    nobody = RunIdentity(campaign_id=unique("nobody"), number=1)
    assert store.pool_control.pause_run(nobody, origin=ORIGIN) is None


def test_a_run_that_was_stopped_stays_stopped_and_its_campaign_cancelled(store: StoreUnderTest) -> None:
    run = live(store)
    store.repository.begin_stopping(stopping(run.campaign_id, Action.STOP))
    store.pool_control.set_halt("sms", REASON, origin=ORIGIN)
    before = rows(store, run)
    paused = store.pool_control.pause_run(run.identity, origin=ORIGIN)
    assert paused is not None
    assert (paused.state, paused.cause) == (RunState.STOPPING, "stop requested")
    assert (status(store, run), rows(store, run)) == ("cancelled", before)


def test_an_ended_run_stays_as_it_ended(store: StoreUnderTest) -> None:
    run = live(store)
    store.repository.end_run(end_of(run))
    store.pool_control.set_halt("sms", REASON, origin=ORIGIN)
    paused = store.pool_control.pause_run(run.identity, origin=ORIGIN)
    assert paused is not None
    assert paused.state is RunState.ENDED
    assert status(store, run) == "completed"


@pytest.mark.parametrize("others_wrote", ["completed", "draft"])
def test_a_status_that_others_wrote_stays_and_the_run_is_stopped_all_the_same(
    store: StoreUnderTest, others_wrote: str
) -> None:
    run = live(store)
    store.set_status(run.campaign_id, others_wrote)
    store.pool_control.set_halt("sms", REASON, origin=ORIGIN)
    paused = store.pool_control.pause_run(run.identity, origin=ORIGIN)
    assert paused is not None
    assert paused.state is RunState.STOPPING
    assert status(store, run) == others_wrote


def test_the_run_of_a_deleted_campaign_is_stopped(store: StoreUnderTest) -> None:
    run = live(store)
    store.delete_campaign(run.campaign_id)
    store.pool_control.set_halt("sms", REASON, origin=ORIGIN)
    paused = store.pool_control.pause_run(run.identity, origin=ORIGIN)
    assert paused is not None
    assert paused.state is RunState.STOPPING


def test_a_batch_that_had_begun_is_told_and_holds_the_slot(store: StoreUnderTest) -> None:
    run = live(store)
    claim = store.run_claims.claim(run.identity, run_id=run.run_id, claimant="me", attempt=1)
    assert isinstance(claim, Claim)
    assert isinstance(store.run_claims.begin_batch(claim, lease_seconds=60, size=40), BatchLease)
    store.pool_control.set_halt("sms", REASON, origin=ORIGIN)
    paused = store.pool_control.pause_run(run.identity, origin=ORIGIN)
    assert paused is not None
    assert (paused.state, paused.in_flight) == (RunState.STOPPING, 40)
    assert store.run_claims.begin_batch(claim, lease_seconds=60, size=1) is ClaimRefusal.NOT_LIVE


def test_no_further_dispatch_attempt_is_begun_in_a_halted_pool(store: StoreUnderTest) -> None:
    run, other = live(store), live(store, "voice")
    store.pool_control.set_halt("sms", REASON, origin=ORIGIN)
    before = rows(store, run)

    def attempt(of: Run) -> Run | None:
        return store.repository.begin_attempt(of.identity, expected_attempts=1, claim_window_seconds=60)

    assert attempt(run) is None
    assert rows(store, run) == before
    assert attempt(other) is not None
    store.pool_control.set_halt("sms", None, origin=ORIGIN)
    assert attempt(run) is not None
