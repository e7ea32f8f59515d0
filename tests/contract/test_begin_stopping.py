"""CampaignRepository.begin_stopping, promise by promise, over every adapter."""

import pytest

from asking.requests import ORIGIN, admission, end_of, stopping, unique
from asking.stores import StoreUnderTest
from orchestrator_domain.campaign import Action
from orchestrator_domain.decisions import Verdict
from orchestrator_domain.run import Run, RunOutcome, RunState


def running(store: StoreUnderTest) -> tuple[str, Run]:
    campaign = store.put_campaign(unique("c"))
    run = store.repository.admit(admission(campaign)).run
    assert run is not None
    return campaign, run


@pytest.mark.parametrize(("action", "status"), [(Action.PAUSE, "paused"), (Action.STOP, "cancelled")])
def test_the_campaign_and_its_live_run_change_together(store: StoreUnderTest, action: Action, status: str) -> None:
    campaign, run = running(store)
    decision = store.repository.begin_stopping(stopping(campaign, action))
    assert decision.verdict is Verdict.STOPPING
    assert decision.run is not None
    assert (decision.run.number, decision.run.state) == (run.number, RunState.STOPPING)
    assert decision.campaign is not None
    assert decision.campaign.status == status
    assert store.repository.find_campaigns([campaign])[campaign].status == status


@pytest.mark.parametrize("status", ["draft", "scheduled", "paused"])
def test_a_campaign_without_a_live_run_is_stopped_at_once(store: StoreUnderTest, status: str) -> None:
    campaign = store.put_campaign(unique("c"), status=status)
    decision = store.repository.begin_stopping(stopping(campaign))
    assert (decision.verdict, decision.run) == (Verdict.STOPPING, None)
    assert store.repository.find_campaigns([campaign])[campaign].status == "cancelled"


def test_repeating_it_changes_nothing(store: StoreUnderTest) -> None:
    campaign, _ = running(store)
    store.repository.begin_stopping(stopping(campaign, Action.PAUSE))
    rows = len(store.repository.history(campaign, limit=10))
    decision = store.repository.begin_stopping(stopping(campaign, Action.PAUSE))
    assert decision.verdict is Verdict.ALREADY_DONE
    assert decision.run is not None
    assert decision.run.state is RunState.STOPPING
    assert len(store.repository.history(campaign, limit=10)) == rows


def test_repeating_it_after_the_run_has_ended_names_no_run(store: StoreUnderTest) -> None:
    campaign, run = running(store)
    store.repository.begin_stopping(stopping(campaign))
    store.repository.end_run(end_of(run))
    decision = store.repository.begin_stopping(stopping(campaign))
    assert (decision.verdict, decision.run) == (Verdict.ALREADY_DONE, None)


def test_a_paused_campaign_whose_run_is_still_stopping_can_be_stopped(store: StoreUnderTest) -> None:
    campaign, run = running(store)
    store.repository.begin_stopping(stopping(campaign, Action.PAUSE))
    decision = store.repository.begin_stopping(stopping(campaign, Action.STOP))
    assert decision.verdict is Verdict.STOPPING
    assert decision.run is not None
    assert decision.run.number == run.number
    assert store.repository.find_campaigns([campaign])[campaign].status == "cancelled"


def test_the_run_of_a_vanished_campaign_is_stopped_all_the_same(store: StoreUnderTest) -> None:
    campaign, run = running(store)
    store.delete_campaign(campaign)
    decision = store.repository.begin_stopping(stopping(campaign))
    assert (decision.verdict, decision.campaign) == (Verdict.STOPPING, None)
    assert decision.run is not None
    assert (decision.run.number, decision.run.state) == (run.number, RunState.STOPPING)


def test_a_vanished_campaign_whose_run_is_stopping_already_is_left_alone(store: StoreUnderTest) -> None:
    campaign, run = running(store)
    store.delete_campaign(campaign)
    store.repository.fence_run(run.identity, cause="campaign_deleted", origin=ORIGIN)
    before = store.repository.history(campaign, limit=10)
    decision = store.repository.begin_stopping(stopping(campaign))
    assert (decision.verdict, decision.campaign) == (Verdict.ALREADY_DONE, None)
    assert decision.run is not None
    assert (decision.run.number, decision.run.state) == (run.number, RunState.STOPPING)
    assert store.repository.history(campaign, limit=10) == before


def test_a_campaign_that_never_was(store: StoreUnderTest) -> None:
    assert store.repository.begin_stopping(stopping(unique("c"))).verdict is Verdict.CAMPAIGN_NOT_FOUND


@pytest.mark.parametrize(
    ("action", "status"),
    [(Action.PAUSE, status) for status in ("draft", "scheduled", "cancelled", "completed", "failed")]
    + [(Action.STOP, status) for status in ("completed", "failed")],
)
def test_the_status_table_decides(store: StoreUnderTest, action: Action, status: str) -> None:
    campaign = store.put_campaign(unique("c"), status=status)
    assert store.repository.begin_stopping(stopping(campaign, action)).verdict is Verdict.INVALID_STATE
    assert store.repository.find_campaigns([campaign])[campaign].status == status


def test_a_known_key_names_the_run_that_it_stopped_then(store: StoreUnderTest) -> None:
    campaign, run = running(store)
    store.repository.begin_stopping(stopping(campaign, Action.PAUSE, key="k"))
    store.repository.end_run(end_of(run))
    store.repository.admit(admission(campaign, Action.RESUME))
    decision = store.repository.begin_stopping(stopping(campaign, Action.PAUSE, key="k"))
    assert (decision.verdict, decision.replayed) == (Verdict.STOPPING, True)
    assert decision.run is not None
    assert (decision.run.number, decision.run.state) == (run.number, RunState.ENDED)
    assert store.repository.find_campaigns([campaign])[campaign].status == "active"


def test_a_known_key_with_other_content_is_refused(store: StoreUnderTest) -> None:
    campaign, _ = running(store)
    store.repository.begin_stopping(stopping(campaign, Action.PAUSE, key="k"))
    decision = store.repository.begin_stopping(stopping(campaign, Action.STOP, key="k"))
    assert decision.verdict is Verdict.IDEMPOTENCY_KEY_REUSED


def test_what_ends_while_stopping_has_stopped(store: StoreUnderTest) -> None:
    campaign, run = running(store)
    store.repository.begin_stopping(stopping(campaign, Action.PAUSE))
    ended = store.repository.end_run(end_of(run, RunOutcome.SUCCEEDED)).run
    assert ended is not None
    assert ended.outcome is RunOutcome.STOPPED
    assert store.repository.find_campaigns([campaign])[campaign].status == "paused"


def test_stopping_appends_one_audit_row(store: StoreUnderTest) -> None:
    campaign, _ = running(store)
    store.repository.begin_stopping(stopping(campaign, Action.PAUSE))
    entry = store.repository.history(campaign, limit=1)[0]
    assert (entry.kind, entry.status_from, entry.status_to) == ("pause_requested", "active", "paused")
    assert (entry.run_state_from, entry.run_state_to) == ("dispatching", "stopping")
