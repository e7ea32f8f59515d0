"""Late signals: they make the orchestrator look, and can end nothing by what they say."""

from datetime import timedelta
from typing import Any

import attrs
import pytest

from asking.looks import looks_show
from asking.orchestra import Orchestra
from campaign_orchestrator.service import RetryWanted
from orchestrator_adapters.memory.deadline import MonotonicDeadline
from orchestrator_domain import budgets
from orchestrator_domain.decisions import EndDecision, MarkedRun, RunEnd
from orchestrator_domain.ports.dispatcher import ExecutionPhase, Unknown
from orchestrator_domain.ports.run_claims import BatchLease, Claim
from orchestrator_domain.run import Progress, Run, RunOutcome, RunState
from orchestrator_domain.use_cases.overdue import execution_is_missing


@pytest.fixture
def orchestra() -> Orchestra:
    return Orchestra()


def started(orchestra: Orchestra, campaign_type: str = "voice") -> str:
    campaign = orchestra.put("c", campaign_type)
    assert orchestra.ask("start", campaign)["success"]
    return campaign


@pytest.mark.parametrize(
    ("outcome", "status"),
    [
        (RunOutcome.SUCCEEDED, "completed"),
        (RunOutcome.FAILED, "failed"),
        (RunOutcome.TIMED_OUT, "failed"),
        (RunOutcome.ABORTED, "failed"),
    ],
)
def test_an_execution_that_has_ended_ends_its_campaign(
    orchestra: Orchestra, outcome: RunOutcome, status: str
) -> None:
    campaign = started(orchestra)
    answer = orchestra.execution_ends(campaign, outcome)
    assert (answer["runState"], answer["outcome"], answer["repairs"]) == ("ended", outcome.value, ["ended"])
    assert orchestra.status(campaign) == status
    assert orchestra.live("voice") == orchestra.shown("voice") == set()
    kind = "campaign.completed" if status == "completed" else "campaign.failed"
    assert orchestra.publisher.published[-1].kind == kind


def test_a_forged_event_ends_nothing(orchestra: Orchestra) -> None:
    campaign = started(orchestra)
    assert orchestra.execution_event(campaign)["repairs"] == []
    assert orchestra.status(campaign) == "active"


def test_an_event_of_an_older_run_changes_nothing(orchestra: Orchestra) -> None:
    campaign = started(orchestra)
    orchestra.ask("pause", campaign)
    old = orchestra.run(campaign)
    orchestra.ask("resume", campaign)
    orchestra.send(
        {
            "source": "aws.states",
            "detail-type": "Step Functions Execution Status Change",
            "detail": {"name": old.execution_name, "status": "ABORTED"},
        }
    )
    assert orchestra.status(campaign) == "active"
    assert orchestra.shown("voice") == {campaign}


def test_an_event_that_comes_twice_changes_nothing_the_second_time(orchestra: Orchestra) -> None:
    campaign = started(orchestra)
    orchestra.execution_ends(campaign)
    rows = len(orchestra.store.events[campaign])
    assert orchestra.execution_event(campaign)["repairs"] == []
    assert len(orchestra.store.events[campaign]) == rows


def test_a_signal_of_nobody_s_run_has_no_effect(orchestra: Orchestra) -> None:
    answer = orchestra.send(
        {
            "source": "aws.states",
            "detail-type": "Step Functions Execution Status Change",
            "detail": {"name": "somebody-else-s", "status": "FAILED"},
        }
    )
    assert answer == {"success": True, "message": "The signal names no run of ours", "repairs": []}


def test_a_signal_that_names_nothing_is_refused(orchestra: Orchestra) -> None:
    for event in (
        {
            "source": "aws.states",
            "detail-type": "Step Functions Execution Status Change",
            "detail": {"name": 5},
        },
        {"requestContext": {}, "requestPayload": {"campaignId": "c", "runNumber": "1"}},
        {"requestContext": {}, "requestPayload": "text"},
    ):
        assert orchestra.send(event)["errorCode"] == "invalid_request"


def test_a_signal_that_cannot_be_followed_up_for_now_is_wanted_again(orchestra: Orchestra) -> None:
    campaign = started(orchestra)
    event = {
        "source": "aws.states",
        "detail-type": "Step Functions Execution Status Change",
        "detail": {"name": orchestra.run(campaign).execution_name, "status": "SUCCEEDED"},
    }
    with pytest.raises(RetryWanted, match="deadline_too_close"):
        orchestra.send(event, deadline=MonotonicDeadline(1))


def test_an_unconfirmed_dispatch_is_adopted_by_the_event_of_its_execution(orchestra: Orchestra) -> None:
    campaign = orchestra.put("c")
    orchestra.executions.answer_lost = lambda _: Unknown(cause="no_answer")
    orchestra.ask("start", campaign)
    orchestra.executions.answer_lost = lambda _: None
    assert orchestra.execution_event(campaign, "RUNNING")["repairs"] == ["adopted"]
    run = orchestra.run(campaign)
    assert (run.state, len(orchestra.executions.dispatched)) == (RunState.RUNNING, 1)


def test_an_unconfirmed_dispatch_that_has_ended_already_is_adopted_and_ended_at_once(
    orchestra: Orchestra,
) -> None:
    campaign = orchestra.put("c")
    orchestra.executions.answer_lost = lambda _: Unknown(cause="no_answer")
    orchestra.ask("start", campaign)
    orchestra.executions.answer_lost = lambda _: None
    assert orchestra.execution_ends(campaign)["repairs"] == ["adopted", "ended"]
    assert orchestra.status(campaign) == "completed"


def test_a_fresh_dispatch_is_left_to_whoever_is_at_it(orchestra: Orchestra) -> None:
    campaign = orchestra.put("c")
    answers: list[dict[str, object]] = []

    def look(_: Run) -> None:
        orchestra.executions.fault = lambda _: None
        answers.append(orchestra.execution_event(campaign))

    orchestra.executions.fault = look
    assert orchestra.ask("start", campaign)["success"]
    assert answers[0]["repairs"] == []
    assert orchestra.run(campaign).attempts == 1


def test_a_dispatch_that_is_never_confirmed_is_given_up(orchestra: Orchestra) -> None:
    campaign = orchestra.put("c")
    orchestra.executions.fault = lambda _: Unknown(cause="no_answer")
    orchestra.ask("start", campaign)
    for _ in range(budgets.MOST_ATTEMPTS - 1):
        assert orchestra.execution_event(campaign)["repairs"] == []
    orchestra.clock.advance(budgets.GRACE_SECONDS)
    assert orchestra.execution_event(campaign)["repairs"] == []
    orchestra.clock.advance(0.1)
    assert orchestra.execution_event(campaign)["repairs"] == ["given_up"]
    run = orchestra.run(campaign)
    assert (run.outcome, run.cause) == (RunOutcome.DISPATCH_FAILED, "never_confirmed")
    assert orchestra.status(campaign) == "failed"
    assert orchestra.live("voice") == set()


def test_an_execution_that_is_not_visible_is_dispatched_again_under_its_name(orchestra: Orchestra) -> None:
    campaign = started(orchestra)
    orchestra.executions.executions.clear()
    assert orchestra.execution_event(campaign)["repairs"] == []
    orchestra.clock.advance(budgets.GRACE_SECONDS + 1)
    assert orchestra.execution_event(campaign)["repairs"] == ["dispatched_again"]
    assert len(set(orchestra.executions.dispatched)) == 1


def never_confirmed(orchestra: Orchestra) -> str:
    """A run whose every attempt went unanswered, one of them after it had begun the execution."""
    campaign = orchestra.put("c")
    orchestra.executions.answer_lost = lambda _: Unknown(cause="no_answer")
    orchestra.ask("start", campaign)
    for _ in range(budgets.MOST_ATTEMPTS - 1):
        orchestra.execution_event(campaign)
    assert orchestra.run(campaign).attempts == budgets.MOST_ATTEMPTS
    orchestra.clock.advance(budgets.GRACE_SECONDS + 1)
    return campaign


def test_what_is_at_work_is_adopted_and_not_given_up_after_the_last_attempt(orchestra: Orchestra) -> None:
    campaign = never_confirmed(orchestra)
    assert orchestra.execution_event(campaign)["repairs"] == ["adopted"]
    run = orchestra.run(campaign)
    assert (run.state, run.unknown, run.attempts) == (RunState.RUNNING, False, budgets.MOST_ATTEMPTS)
    assert run.execution_reference == orchestra.executions.observe(run).reference
    assert orchestra.shown("voice") == {campaign}


def test_what_has_ended_unrecorded_is_told_as_it_ended(orchestra: Orchestra) -> None:
    campaign = never_confirmed(orchestra)
    assert orchestra.execution_ends(campaign)["repairs"] == ["adopted", "ended"]
    assert orchestra.status(campaign) == "completed"


def test_nothing_is_given_up_while_nobody_answers_for_it(orchestra: Orchestra) -> None:
    campaign = never_confirmed(orchestra)
    with looks_show(ExecutionPhase.NO_ANSWER):
        assert orchestra.execution_event(campaign)["repairs"] == []
    assert orchestra.run(campaign).state is RunState.DISPATCHING
    assert orchestra.executions.observe(orchestra.run(campaign)).phase is ExecutionPhase.OPEN


def test_a_name_that_something_else_has_is_given_up(orchestra: Orchestra) -> None:
    campaign = orchestra.put("c")
    orchestra.executions.fault = lambda _: Unknown(cause="no_answer")
    orchestra.ask("start", campaign)
    for _ in range(budgets.MOST_ATTEMPTS - 1):
        orchestra.execution_event(campaign)
    orchestra.clock.advance(budgets.GRACE_SECONDS + 1)
    orchestra.executions.begin(orchestra.run(campaign).execution_name, b'{"foreign":1}')
    assert orchestra.execution_event(campaign)["repairs"] == ["given_up"]
    assert orchestra.status(campaign) == "failed"


def test_looks_without_an_answer_leave_a_run_at_work_alone(orchestra: Orchestra) -> None:
    campaign = started(orchestra)
    for _ in range(2 * budgets.MOST_ATTEMPTS):
        orchestra.clock.advance(budgets.GRACE_SECONDS + 1)
        with looks_show(ExecutionPhase.NO_ANSWER):
            assert orchestra.execution_event(campaign)["repairs"] == []
    run = orchestra.run(campaign)
    assert (run.state, run.attempts) == (RunState.RUNNING, 1)
    assert orchestra.executions.observe(run).phase is ExecutionPhase.OPEN


def test_an_execution_that_is_shown_late_again_and_again_is_never_stopped(orchestra: Orchestra) -> None:
    campaign = started(orchestra)
    for graces in (1, 2, 4, 8, 16, 32, 32, 32):
        with looks_show(ExecutionPhase.NOT_VISIBLE):
            orchestra.clock.advance(graces * budgets.GRACE_SECONDS)
            assert orchestra.execution_event(campaign)["repairs"] == []
            orchestra.clock.advance(1)
            assert orchestra.execution_event(campaign)["repairs"][0] == "dispatched_again"
    assert orchestra.status(campaign) == "active"
    assert orchestra.executions.observe(orchestra.run(campaign)).phase is ExecutionPhase.OPEN
    assert len(orchestra.executions.dispatched) == 1


def test_an_execution_that_has_got_on_is_not_long_missed(orchestra: Orchestra) -> None:
    run = orchestra.run(started(orchestra))
    got_on = attrs.evolve(run, progress=Progress(total=2, sent=1), fruitless_attempts=9)
    for seconds, is_missing in ((budgets.GRACE_SECONDS, False), (budgets.GRACE_SECONDS + 1, True)):
        seen = attrs.evolve(got_on, observed_at=run.last_attempt_at + timedelta(seconds=seconds))
        assert execution_is_missing(seen) is is_missing


def test_a_request_that_comes_again_while_its_run_is_given_up_has_one_answer(
    orchestra: Orchestra, monkeypatch: pytest.MonkeyPatch
) -> None:
    campaign = orchestra.put("c", "sms")
    orchestra.messages.fault = lambda _: Unknown(cause="no_answer")
    for _ in range(budgets.MOST_ATTEMPTS):
        orchestra.ask("start", campaign, idempotencyKey="k")
    orchestra.clock.advance(361)
    orchestra.messages.fault = lambda _: None
    repository, told = type(orchestra.container.repository()), list[object]()
    end_run, mark_dispatched = repository.end_run, repository.mark_dispatched

    def end_late(self: Any, end: RunEnd) -> EndDecision:
        def mark_later(self: Any, *identity: Any, **more: Any) -> MarkedRun:
            end_run(self, end)
            return mark_dispatched(self, *identity, **more)

        with monkeypatch.context() as patch:
            patch.setattr(repository, "end_run", end_run)
            patch.setattr(repository, "mark_dispatched", mark_later)
            told.append(orchestra.ask("start", campaign, idempotencyKey="k"))
        return end_run(self, end)

    with monkeypatch.context() as patch:
        patch.setattr(repository, "end_run", end_late)
        assert orchestra.destination_record(campaign)["repairs"] == []
    told.append(orchestra.ask("start", campaign, idempotencyKey="k"))
    assert told[0] == told[1]
    assert orchestra.run(campaign).state is RunState.DISPATCHED
    orchestra.work_off(orchestra.messages.queue[0])
    assert orchestra.status(campaign) == "completed"


def test_a_message_that_was_dropped_is_sent_again_and_given_up_in_the_end(orchestra: Orchestra) -> None:
    campaign = started(orchestra, "sms")
    for attempt in range(2, budgets.MOST_ATTEMPTS + 1):
        assert orchestra.destination_record(campaign, "EventAgeExceeded")["repairs"] == []
        orchestra.clock.advance(361)
        assert orchestra.destination_record(campaign)["repairs"] == ["dispatched_again"]
        assert orchestra.messages.queue[-1].attempts == attempt
    orchestra.clock.advance(361)
    assert orchestra.destination_record(campaign)["repairs"] == ["ended"]
    assert orchestra.run(campaign).cause == "never_claimed"
    assert orchestra.status(campaign) == "failed"


def test_a_silent_dispatcher_is_replaced_and_its_heir_continues(orchestra: Orchestra) -> None:
    campaign = started(orchestra, "sms")
    claim = orchestra.claim(orchestra.messages.queue[0], "dead")
    assert isinstance(claim, Claim)
    lease = orchestra.claims().begin_batch(claim, lease_seconds=30, size=5)
    assert isinstance(lease, BatchLease)
    progress = Progress(total=9, sent=5)
    orchestra.claims().end_batch(claim, lease, progress=progress)
    assert orchestra.destination_record(campaign)["repairs"] == []
    orchestra.clock.advance(budgets.HEARTBEAT_GRACE_SECONDS + 1)
    assert orchestra.destination_record(campaign)["repairs"] == ["dispatched_again"]
    heir = orchestra.claim(orchestra.messages.queue[-1], "heir")
    assert isinstance(heir, Claim)
    assert heir.progress == progress


def test_a_success_that_does_not_add_up_is_a_failure(orchestra: Orchestra) -> None:
    campaign = started(orchestra)
    claim = orchestra.claim(orchestra.run(campaign), "workflow")
    assert isinstance(claim, Claim)
    lease = orchestra.claims().begin_batch(claim, lease_seconds=30, size=5)
    assert isinstance(lease, BatchLease)
    orchestra.claims().end_batch(claim, lease, progress=Progress(total=9, sent=5))
    orchestra.execution_ends(campaign)
    assert (orchestra.status(campaign), orchestra.run(campaign).cause) == ("failed", "does_not_add_up")


def test_a_run_that_is_still_stopping_is_finished_by_any_signal(orchestra: Orchestra) -> None:
    campaign = started(orchestra)
    orchestra.executions.away = True
    orchestra.ask("stop", campaign)
    orchestra.executions.away = False
    assert orchestra.execution_event(campaign)["repairs"] == ["stopped"]
    assert orchestra.live("voice") == orchestra.shown("voice") == set()


def test_an_execution_that_has_closed_while_a_task_of_it_goes_on_keeps_its_slot(orchestra: Orchestra) -> None:
    campaign = started(orchestra)
    claim = orchestra.claim(orchestra.run(campaign), "workflow")
    assert isinstance(claim, Claim)
    assert isinstance(orchestra.claims().begin_batch(claim, lease_seconds=30, size=5), BatchLease)
    orchestra.execution_ends(campaign, RunOutcome.ABORTED)
    assert orchestra.live("voice") == {campaign}
    orchestra.clock.advance(36)
    orchestra.execution_event(campaign)
    assert orchestra.live("voice") == set()
