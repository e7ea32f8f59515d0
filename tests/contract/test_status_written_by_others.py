"""A status that others have written while a run is at work, over every adapter (fault F15)."""

import pytest

from asking.requests import admission, end_of, stopping, unique
from asking.stores import StoreUnderTest
from orchestrator_domain.campaign import Action
from orchestrator_domain.decisions import Verdict
from orchestrator_domain.ports.run_claims import BatchLease, Claim, ClaimRefusal
from orchestrator_domain.run import RunOutcome, RunState

WRITTEN = [(Action.PAUSE, "paused"), (Action.STOP, "cancelled")]


def at_work(store: StoreUnderTest, status: str) -> Claim:
    """The claim of a run whose campaign's status others have changed."""
    campaign = store.put_campaign(unique("c"))
    run = store.repository.admit(admission(campaign)).run
    assert run is not None
    claim = store.run_claims.claim(run.identity, run_id=run.run_id, claimant="me", attempt=1)
    assert isinstance(claim, Claim)
    store.set_status(campaign, status)
    return claim


@pytest.mark.parametrize(("action", "status"), WRITTEN)
def test_its_run_is_stopped_all_the_same(store: StoreUnderTest, action: Action, status: str) -> None:
    claim = at_work(store, status)
    decision = store.repository.begin_stopping(stopping(claim.identity.campaign_id, action))
    assert decision.verdict is Verdict.STOPPING
    assert decision.run is not None
    assert decision.run.state is RunState.STOPPING
    assert decision.campaign is not None
    assert decision.campaign.status == status


@pytest.mark.parametrize(("action", "status"), WRITTEN)
def test_no_batch_begins_after_the_stop(store: StoreUnderTest, action: Action, status: str) -> None:
    claim = at_work(store, status)
    assert isinstance(store.run_claims.begin_batch(claim, lease_seconds=1, size=1), BatchLease)
    store.repository.begin_stopping(stopping(claim.identity.campaign_id, action))
    store.pass_time(30)
    assert store.run_claims.begin_batch(claim, lease_seconds=1, size=1) is ClaimRefusal.NOT_LIVE


@pytest.mark.parametrize(("action", "status"), WRITTEN)
def test_the_audit_trail_names_the_run_and_no_change_of_status(
    store: StoreUnderTest, action: Action, status: str
) -> None:
    claim = at_work(store, status)
    store.repository.begin_stopping(stopping(claim.identity.campaign_id, action))
    entry = store.repository.history(claim.identity.campaign_id, limit=1)[0]
    assert (entry.kind, entry.status_from, entry.status_to) == (f"{action.value}_requested", None, None)
    assert (entry.run_number, entry.run_state_from, entry.run_state_to) == (1, "running", "stopping")


@pytest.mark.parametrize(("action", "status"), WRITTEN)
def test_once_it_is_stopping_the_same_request_is_already_done(
    store: StoreUnderTest, action: Action, status: str
) -> None:
    campaign = at_work(store, status).identity.campaign_id
    first = store.repository.begin_stopping(stopping(campaign, action))
    assert store.repository.begin_stopping(stopping(campaign, action)).verdict is Verdict.ALREADY_DONE
    assert first.run is not None
    ended = store.repository.end_run(end_of(first.run)).run
    assert ended is not None
    assert ended.outcome is RunOutcome.STOPPED
    assert store.repository.find_campaigns([campaign])[campaign].status == status


@pytest.mark.parametrize(
    ("status", "outcome"), [("completed", RunOutcome.SUCCEEDED), ("failed", RunOutcome.FAILED)]
)
def test_the_end_of_a_run_leaves_a_status_that_its_dispatcher_has_set(
    store: StoreUnderTest, status: str, outcome: RunOutcome
) -> None:
    claim = at_work(store, status)
    campaign = claim.identity.campaign_id
    run = store.repository.find_run(claim.identity)
    assert run is not None
    ended = store.repository.end_run(end_of(run, outcome)).run
    assert ended is not None
    assert (ended.state, ended.outcome) == (RunState.ENDED, outcome)
    assert store.repository.find_campaigns([campaign])[campaign].status == status
    entry = store.repository.history(campaign, limit=1)[0]
    assert (entry.kind, entry.status_from, entry.status_to) == ("run_ended", None, None)


def test_a_campaign_whose_dispatcher_has_set_failed_can_be_retried_once_its_run_has_ended(
    store: StoreUnderTest,
) -> None:
    claim = at_work(store, "failed")
    campaign = claim.identity.campaign_id
    run = store.repository.find_run(claim.identity)
    assert run is not None
    store.repository.end_run(end_of(run, RunOutcome.FAILED))
    again = store.repository.admit(admission(campaign, Action.RETRY))
    assert again.verdict is Verdict.ADMITTED
    assert again.run is not None
    assert (again.run.number, again.run.resumed_from) == (2, 1)
