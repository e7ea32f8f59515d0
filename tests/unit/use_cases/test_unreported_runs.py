"""Dispatchers that know nothing of runs: how their runs end, and what is never done about them."""

from typing import Any

import pytest

from asking.orchestra import Orchestra
from asking.requests import ORIGIN
from campaign_orchestrator.service import RetryWanted
from orchestrator_domain import budgets
from orchestrator_domain.ports.dispatcher import Unknown
from orchestrator_domain.ports.run_claims import Claim
from orchestrator_domain.run import Progress, Run, RunOutcome, RunState

LONGEST_SECONDS = 1_300


@pytest.fixture
def orchestra() -> Orchestra:
    return Orchestra(
        {
            "SMS_DISPATCHER_REPORTS": "false",
            "SMS_LONGEST_RUN_SECONDS": str(LONGEST_SECONDS),
            "VOICE_WORKFLOW_REPORTS": "false",
            "MAX_CONCURRENT_SMS_CAMPAIGNS": "1",
        }
    )


def started(orchestra: Orchestra, campaign_type: str = "sms") -> str:
    campaign = orchestra.put("c", campaign_type)
    answer = orchestra.ask("start", campaign)
    assert (answer["success"], answer["runState"]) == (True, "running")
    return campaign


def request_id_of(run: Run) -> str:
    """The id that the in-memory queue has given the invocation."""
    return f"message-{run.execution_name}-{run.attempts}"


def record(orchestra: Orchestra, run: Run, condition: str = "Success", *, request_id: str | None = None) -> Any:
    return orchestra.send(
        {
            "version": "1.0",
            "requestContext": {"requestId": request_id or request_id_of(run), "condition": condition},
            "requestPayload": {"campaignId": run.campaign_id, "runNumber": run.number},
        }
    )


def set_status(orchestra: Orchestra, campaign: str, status: str) -> None:
    orchestra.store.campaigns[campaign].status = status


def repairs(orchestra: Orchestra, pool: str, **more: Any) -> list[tuple[str, str | None]]:
    answer = orchestra.ask("reconcile", **more)
    return [(one["repair"], one.get("why")) for one in answer["pools"][pool]["repairs"]]


@pytest.mark.parametrize(
    ("condition", "outcome", "status", "cause"),
    [
        ("Success", RunOutcome.SUCCEEDED, "completed", "invocation_succeeded"),
        ("RetriesExhausted", RunOutcome.FAILED, "failed", "invocation_failed"),
        ("EventAgeExceeded", RunOutcome.FAILED, "failed", "event_age_exceeded"),
    ],
)
def test_the_record_of_its_invocation_ends_it(
    orchestra: Orchestra, condition: str, outcome: RunOutcome, status: str, cause: str
) -> None:
    campaign = started(orchestra)
    answer = record(orchestra, orchestra.run(campaign), condition)
    assert (answer["repairs"], answer["outcome"]) == (["ended"], outcome.value)
    assert (orchestra.status(campaign), orchestra.run(campaign).cause) == (status, cause)
    assert orchestra.live("sms") == orchestra.shown("sms") == set()


def test_a_record_that_comes_twice_changes_nothing_the_second_time(orchestra: Orchestra) -> None:
    campaign = started(orchestra)
    run = orchestra.run(campaign)
    record(orchestra, run)
    rows, told = len(orchestra.store.events[campaign]), len(orchestra.publisher.published)
    assert record(orchestra, run, "RetriesExhausted")["repairs"] == []
    assert orchestra.status(campaign) == "completed"
    assert (len(orchestra.store.events[campaign]), len(orchestra.publisher.published)) == (rows, told)


def test_whoever_reads_what_is_stored_and_shown_can_make_no_record(orchestra: Orchestra) -> None:
    campaign = started(orchestra)
    run = orchestra.run(campaign)
    known = [run.execution_reference, run.execution_name, run.run_id, "guessed"]
    for request_id in known:
        assert record(orchestra, run, request_id=request_id)["repairs"] == []
    assert record(orchestra, run, "Whatever")["repairs"] == []
    assert request_id_of(run) not in repr(orchestra.ledger) + repr(orchestra.store.events)
    assert orchestra.status(campaign) == "active"


def test_the_record_of_an_earlier_run_ends_nothing(orchestra: Orchestra) -> None:
    campaign = started(orchestra)
    first = orchestra.run(campaign)
    record(orchestra, first, "RetriesExhausted")
    assert orchestra.ask("retry", campaign)["success"]
    second = orchestra.run(campaign)
    assert record(orchestra, first)["repairs"] == []
    assert record(orchestra, second, request_id=request_id_of(first))["repairs"] == []
    assert orchestra.live("sms") == {campaign}


def test_a_record_that_overtakes_the_record_of_its_dispatch_is_wanted_again(orchestra: Orchestra) -> None:
    campaign = orchestra.put("c", "sms")
    raised: list[str] = []

    def ends_at_once(run: Run) -> None:
        with pytest.raises(RetryWanted) as wanted:
            record(orchestra, run)
        raised.append(str(wanted.value))

    orchestra.messages.answer_lost = ends_at_once
    assert orchestra.ask("start", campaign)["success"]
    assert raised == ["in_progress"]
    assert record(orchestra, orchestra.run(campaign))["outcome"] == "succeeded"


@pytest.mark.parametrize(("status", "outcome"), [("completed", "succeeded"), ("failed", "failed")])
def test_the_status_that_it_has_set_ends_it(orchestra: Orchestra, status: str, outcome: str) -> None:
    campaign = started(orchestra)
    set_status(orchestra, campaign, status)
    assert repairs(orchestra, "sms", dryRun=True) == [("ended", "status_set_by_dispatcher")]
    assert orchestra.live("sms") == {campaign}
    assert repairs(orchestra, "sms") == [("ended", None)]
    run = orchestra.run(campaign)
    assert (run.outcome, run.cause) == (RunOutcome(outcome), "status_set_by_dispatcher")
    assert orchestra.status(campaign) == status
    assert orchestra.live("sms") == orchestra.shown("sms") == set()
    assert repairs(orchestra, "sms") == []


def test_a_status_that_it_has_set_says_more_than_that_it_has_returned(orchestra: Orchestra) -> None:
    campaign = started(orchestra)
    set_status(orchestra, campaign, "failed")
    assert record(orchestra, orchestra.run(campaign))["outcome"] == "failed"


def test_a_retry_needs_no_reconciliation_after_the_dispatcher_has_set_failed(orchestra: Orchestra) -> None:
    campaign = started(orchestra)
    set_status(orchestra, campaign, "failed")
    answer = orchestra.ask("retry", campaign)
    assert (answer["success"], answer["runNumber"]) == (True, 2)
    assert orchestra.run(campaign, 1).outcome is RunOutcome.FAILED
    assert len(orchestra.messages.queue) == 2


def test_a_start_that_finds_the_pool_full_ends_it(orchestra: Orchestra) -> None:
    set_status(orchestra, started(orchestra), "completed")
    orchestra.clock.advance(budgets.GRACE_SECONDS + 1)
    assert orchestra.ask("start", orchestra.put("next", "sms"))["success"]
    assert orchestra.live("sms") == {"next"}


@pytest.mark.parametrize("status", ["paused", "cancelled", "draft"])
def test_any_other_status_is_still_a_surprise(orchestra: Orchestra, status: str) -> None:
    campaign = started(orchestra)
    set_status(orchestra, campaign, status)
    assert repairs(orchestra, "sms") == [("fenced", "campaign_status_changed")]
    assert orchestra.run(campaign).state is RunState.STOPPING
    assert orchestra.live("sms") == {campaign}


def test_of_which_nothing_is_heard_fails_after_the_longest_time_and_is_never_sent_twice(
    orchestra: Orchestra,
) -> None:
    campaign = started(orchestra)
    orchestra.clock.advance(LONGEST_SECONDS)
    assert repairs(orchestra, "sms") == []
    assert orchestra.live("sms") == {campaign}
    orchestra.clock.advance(1)
    assert repairs(orchestra, "sms", dryRun=True) == [("ended", "longest_time_passed")]
    assert repairs(orchestra, "sms") == [("ended", None)]
    assert (orchestra.status(campaign), orchestra.run(campaign).cause) == ("failed", "longest_time_passed")
    assert orchestra.live("sms") == orchestra.shown("sms") == set()
    assert len(orchestra.messages.queue) == 1


def test_an_answer_that_was_lost_is_never_made_good_by_a_second_message(orchestra: Orchestra) -> None:
    campaign = orchestra.put("c", "sms")
    orchestra.messages.answer_lost = lambda _: Unknown(cause="no_answer")
    for _ in range(2):
        assert orchestra.ask("start", campaign, idempotencyKey="k")["errorCode"] == "dispatch_unconfirmed"
        orchestra.clock.advance(budgets.GRACE_SECONDS + 1)
    assert repairs(orchestra, "sms") == []
    assert len(orchestra.messages.queue) == 1
    orchestra.clock.advance(LONGEST_SECONDS)
    assert repairs(orchestra, "sms") == [("ended", None)]
    run = orchestra.run(campaign)
    assert (run.outcome, run.cause) == (RunOutcome.DISPATCH_FAILED, "never_confirmed")


@pytest.mark.parametrize(("action", "status"), [("pause", "paused"), ("stop", "cancelled")])
def test_a_pause_or_stop_keeps_the_slot_until_the_invocation_has_ended(
    orchestra: Orchestra, action: str, status: str
) -> None:
    campaign = started(orchestra)
    answer = orchestra.ask(action, campaign)
    assert (answer["success"], answer["runState"], "inFlight" in answer) == (True, "stopping", False)
    assert "cannot be stopped" in answer["message"]
    assert repairs(orchestra, "sms") == []
    assert orchestra.ask("start", orchestra.put("next", "sms"))["errorCode"] == "resource_limit_reached"
    told = len(orchestra.publisher.published)
    assert record(orchestra, orchestra.run(campaign))["repairs"] == ["stopped"]
    run = orchestra.run(campaign)
    assert (run.outcome, orchestra.status(campaign)) == (RunOutcome.STOPPED, status)
    assert orchestra.live("sms") == orchestra.shown("sms") == set()
    assert len(orchestra.publisher.published) == told


def test_a_resume_waits_for_the_end_of_the_invocation_and_hands_over_again(orchestra: Orchestra) -> None:
    campaign = started(orchestra)
    orchestra.ask("pause", campaign)
    early = orchestra.ask("resume", campaign)
    assert (early["errorCode"], "inFlight" in early) == ("still_stopping", False)
    assert "unknown number" in early["message"]
    record(orchestra, orchestra.run(campaign))
    resumed = orchestra.ask("resume", campaign)
    assert (resumed["success"], resumed["runNumber"]) == (True, 2)
    assert [run.number for run in orchestra.messages.queue] == [1, 2]


def test_a_dispatcher_that_finishes_after_a_pause_frees_the_slot_by_its_status(orchestra: Orchestra) -> None:
    campaign = started(orchestra)
    orchestra.ask("pause", campaign)
    set_status(orchestra, campaign, "completed")
    assert repairs(orchestra, "sms") == [("stopped", None)]
    assert (orchestra.status(campaign), orchestra.live("sms")) == ("completed", set())


def test_a_paused_invocation_of_which_nothing_is_heard_frees_its_slot_after_the_longest_time(
    orchestra: Orchestra,
) -> None:
    campaign = started(orchestra)
    orchestra.ask("pause", campaign)
    orchestra.clock.advance(LONGEST_SECONDS + 1)
    assert orchestra.ask("resume", campaign)["success"]
    assert orchestra.run(campaign, 1).outcome is RunOutcome.STOPPED


def test_a_dispatcher_that_claims_all_the_same_is_treated_as_one_that_reports(orchestra: Orchestra) -> None:
    campaign = started(orchestra)
    claim = orchestra.claim(orchestra.messages.queue[0])
    assert isinstance(claim, Claim)
    orchestra.clock.advance(budgets.HEARTBEAT_GRACE_SECONDS + 1)
    assert repairs(orchestra, "sms") == [("dispatched_again", None)]
    done = Progress(total=1, sent=1)
    heir = orchestra.claim(orchestra.messages.queue[-1], "heir")
    assert isinstance(heir, Claim)
    orchestra.claims().finish(heir, outcome=RunOutcome.SUCCEEDED, progress=done, cause=None)
    assert orchestra.status(campaign) == "completed"


def test_where_dispatchers_report_the_record_of_an_invocation_is_a_hint_and_no_more() -> None:
    orchestra = Orchestra()
    orchestra.ask("start", orchestra.put("c", "sms"))
    run = orchestra.run("c")
    assert run.state is RunState.DISPATCHED
    assert record(orchestra, run, request_id=run.execution_reference)["repairs"] == []
    set_status(orchestra, "c", "completed")
    assert repairs(orchestra, "sms")[0] == ("fenced", "campaign_status_changed")


@pytest.mark.parametrize("campaign_type", ["voice", "hybrid"])
@pytest.mark.parametrize(
    ("set_to", "closes_as", "ended_as"),
    [
        ("completed", RunOutcome.SUCCEEDED, RunOutcome.SUCCEEDED),
        ("failed", RunOutcome.FAILED, RunOutcome.FAILED),
        ("failed", RunOutcome.SUCCEEDED, RunOutcome.FAILED),
        (None, RunOutcome.SUCCEEDED, RunOutcome.SUCCEEDED),
    ],
)
def test_a_workflow_may_set_the_status_before_its_execution_closes(
    orchestra: Orchestra, campaign_type: str, set_to: str | None, closes_as: RunOutcome, ended_as: RunOutcome
) -> None:
    campaign = started(orchestra, campaign_type)
    if set_to is not None:
        set_status(orchestra, campaign, set_to)
    assert repairs(orchestra, "voice") == []
    assert orchestra.live("voice") == {campaign}
    orchestra.execution_ends(campaign, closes_as)
    assert orchestra.run(campaign).outcome is ended_as
    assert orchestra.status(campaign) == ("completed" if ended_as is RunOutcome.SUCCEEDED else "failed")
    assert orchestra.live("voice") == set()


def test_a_workflow_that_polls_is_stopped_as_any_other(orchestra: Orchestra) -> None:
    campaign = started(orchestra, "voice")
    assert orchestra.ask("pause", campaign)["runState"] == "ended"
    assert orchestra.live("voice") == set()
    assert orchestra.ask("resume", campaign)["success"]


def test_a_halt_pauses_it_and_keeps_its_slot_until_its_invocation_has_ended(orchestra: Orchestra) -> None:
    campaign = started(orchestra)
    assert orchestra.ask("halt", campaignType="sms", reason="complaints")["success"]
    assert (orchestra.status(campaign), orchestra.run(campaign).state) == ("paused", RunState.STOPPING)
    assert repairs(orchestra, "sms") == []
    record(orchestra, orchestra.run(campaign))
    assert (orchestra.status(campaign), orchestra.live("sms")) == ("paused", set())


def test_work_that_has_ended_by_its_status_is_not_paused_by_a_reconciliation_of_a_halted_pool(
    orchestra: Orchestra,
) -> None:
    campaign = started(orchestra)
    set_status(orchestra, campaign, "completed")
    orchestra.container.pool_control().set_halt("sms", "complaints", origin=ORIGIN)
    assert repairs(orchestra, "sms") == [("ended", None)]
    assert (orchestra.status(campaign), orchestra.run(campaign).outcome) == ("completed", RunOutcome.SUCCEEDED)
