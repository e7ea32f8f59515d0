"""Pause and stop: the fence, the rest, and what is told meanwhile."""

import pytest

from asking.orchestra import Orchestra
from orchestrator_domain.ports.dispatcher import Unknown
from orchestrator_domain.ports.run_claims import BatchLease, Claim
from orchestrator_domain.run import Progress, RunOutcome, RunState


@pytest.fixture
def orchestra() -> Orchestra:
    return Orchestra()


def working(orchestra: Orchestra) -> tuple[str, Claim, BatchLease]:
    """An SMS campaign in the middle of a batch."""
    campaign = orchestra.put("s", "sms")
    orchestra.ask("start", campaign)
    claim = orchestra.claim(orchestra.messages.queue[-1])
    assert isinstance(claim, Claim)
    lease = orchestra.claims().begin_batch(claim, lease_seconds=60, size=40)
    assert isinstance(lease, BatchLease)
    return campaign, claim, lease


@pytest.mark.parametrize(("action", "status"), [("pause", "paused"), ("stop", "cancelled")])
def test_an_execution_is_aborted_and_the_slot_is_free(orchestra: Orchestra, action: str, status: str) -> None:
    campaign = orchestra.put("v")
    orchestra.ask("start", campaign)
    answer = orchestra.ask(action, campaign)
    assert (answer["success"], answer["runState"], answer["runNumber"]) == (True, "ended", 1)
    name = orchestra.run(campaign).execution_name
    assert orchestra.executions.executions[name].outcome is RunOutcome.ABORTED
    assert orchestra.status(campaign) == status
    assert orchestra.live("voice") == orchestra.shown("voice") == set()


def test_a_pause_in_the_middle_of_a_batch_reports_what_is_in_flight_until_it_is_zero(
    orchestra: Orchestra,
) -> None:
    campaign, claim, lease = working(orchestra)
    answer = orchestra.ask("pause", campaign)
    assert (answer["success"], answer["runState"], answer["inFlight"]) == (True, "stopping", 40)
    assert "still stopping" in answer["message"]
    assert orchestra.live("sms") == {campaign}
    refused = orchestra.ask("resume", campaign)
    assert (refused["errorCode"], refused["inFlight"]) == ("still_stopping", 40)
    orchestra.claims().end_batch(claim, lease, progress=Progress(total=100, sent=40))
    assert orchestra.ask("pause", campaign)["message"] == "Campaign paused successfully"
    assert orchestra.live("sms") == set()
    resumed = orchestra.ask("resume", campaign)
    assert (resumed["success"], resumed["runNumber"]) == (True, 2)


def test_a_dead_dispatcher_s_lease_holds_the_slot_until_it_has_expired(orchestra: Orchestra) -> None:
    campaign, _, _ = working(orchestra)
    assert orchestra.ask("stop", campaign)["runState"] == "stopping"
    orchestra.clock.advance(66)
    assert orchestra.ask("stop", campaign)["runState"] == "ended"
    assert orchestra.live("sms") == orchestra.shown("sms") == set()


def test_while_step_functions_is_away_the_fence_holds_and_a_repeat_finishes(orchestra: Orchestra) -> None:
    campaign = orchestra.put("v")
    orchestra.ask("start", campaign)
    orchestra.executions.away = True
    answer = orchestra.ask("pause", campaign, idempotencyKey="k")
    assert (answer["success"], answer["runState"]) == (True, "stopping")
    assert orchestra.status(campaign) == "paused"
    assert orchestra.live("voice") == {campaign}
    orchestra.executions.away = False
    assert orchestra.ask("pause", campaign, idempotencyKey="k")["runState"] == "ended"
    assert orchestra.live("voice") == set()


def test_a_dispatch_that_was_never_confirmed_is_stopped_by_its_name(orchestra: Orchestra) -> None:
    campaign = orchestra.put("v")
    orchestra.executions.answer_lost = lambda _: Unknown(cause="no_answer")
    orchestra.ask("start", campaign)
    assert orchestra.ask("stop", campaign)["runState"] == "ended"
    name = orchestra.run(campaign).execution_name
    assert orchestra.executions.executions[name].outcome is RunOutcome.ABORTED


@pytest.mark.parametrize("status", ["draft", "scheduled", "paused"])
def test_a_campaign_without_a_run_is_stopped_at_once(orchestra: Orchestra, status: str) -> None:
    campaign = orchestra.put("v", status=status)
    answer = orchestra.ask("stop", campaign)
    assert (answer["success"], answer["message"]) == (True, "Campaign stopped successfully")
    assert orchestra.status(campaign) == "cancelled"


def test_repeating_an_action_whose_effect_stands_succeeds_and_changes_nothing(orchestra: Orchestra) -> None:
    campaign = orchestra.put("v")
    orchestra.ask("start", campaign)
    for action in ("pause", "stop"):
        assert orchestra.ask(action, campaign)["success"]
        rows = len(orchestra.store.events[campaign])
        assert orchestra.ask(action, campaign)["success"]
        assert len(orchestra.store.events[campaign]) == rows


def test_a_late_start_after_a_stop_is_refused(orchestra: Orchestra) -> None:
    campaign = orchestra.put("v")
    orchestra.ask("stop", campaign)
    told = orchestra.ask("start", campaign)
    assert (told["errorCode"], told["status"], told["allowedActions"]) == ("invalid_state", "cancelled", [])


def test_the_run_of_a_deleted_campaign_is_stopped(orchestra: Orchestra) -> None:
    campaign = orchestra.put("v")
    orchestra.ask("start", campaign)
    del orchestra.store.campaigns[campaign]
    answer = orchestra.ask("stop", campaign)
    assert (answer["success"], answer["campaignType"], answer["runState"]) == (True, "voice", "ended")
    assert orchestra.live("voice") == set()
    assert orchestra.run(campaign).state is RunState.ENDED
