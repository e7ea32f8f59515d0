"""Start, resume and retry: every answer of a dispatcher, every repetition, every shortage of time."""

import pytest
from attrs import evolve

from asking.orchestra import Orchestra
from asking.requests import ORIGIN, end_of
from orchestrator_adapters.memory.deadline import MonotonicDeadline
from orchestrator_domain import budgets
from orchestrator_domain.ports.deadline import Deadline
from orchestrator_domain.ports.dispatcher import Collision, NoEffect, Refused, Unknown
from orchestrator_domain.run import Run, RunOutcome, RunState

NOT_NOW = [NoEffect(cause="no_connection"), Refused(cause="ThrottlingException", transient=True)]


class Shrinking(Deadline):
    """Gives one figure after another, and the last for ever."""

    def __init__(self, *seconds: float) -> None:
        self._seconds = list(seconds)

    def remaining_seconds(self) -> float:
        return self._seconds.pop(0) if len(self._seconds) > 1 else self._seconds[0]


@pytest.fixture
def orchestra() -> Orchestra:
    return Orchestra()


def test_a_start_is_recorded_dispatched_shown_and_announced(orchestra: Orchestra) -> None:
    campaign = orchestra.put("v")
    answer = orchestra.ask("start", campaign)
    assert answer["success"]
    run = orchestra.run(campaign)
    assert answer["executionArn"] == run.execution_reference
    assert (run.state, run.attempts) == (RunState.RUNNING, 1)
    assert orchestra.executions.dispatched == [run.execution_name]
    assert orchestra.live("voice") == orchestra.shown("voice") == {campaign}
    assert [event.kind for event in orchestra.publisher.published] == ["campaign.started"]


def test_an_sms_start_is_queued_until_it_is_claimed(orchestra: Orchestra) -> None:
    campaign = orchestra.put("s", "sms")
    assert orchestra.ask("start", campaign)["runState"] == "dispatched"
    (message,) = orchestra.messages.queue
    orchestra.work_off(message)
    assert orchestra.status(campaign) == "completed"


@pytest.mark.parametrize("answer", NOT_NOW)
@pytest.mark.parametrize("status", ["draft", "scheduled"])
def test_what_was_not_dispatched_gives_status_and_slot_back(
    orchestra: Orchestra, answer: NoEffect | Refused, status: str
) -> None:
    campaign = orchestra.put("v", status=status)
    orchestra.executions.fault = lambda _: answer
    told = orchestra.ask("start", campaign, idempotencyKey="k")
    assert (told["errorCode"], told["retryable"], told["cause"]) == (
        "dispatcher_unavailable",
        True,
        answer.cause,
    )
    assert told["retryAfterSeconds"] > 0
    assert orchestra.status(campaign) == status
    assert orchestra.live("voice") == orchestra.shown("voice") == set()
    orchestra.executions.fault = lambda _: None
    assert orchestra.ask("start", campaign, idempotencyKey="k")["success"]


def test_what_was_refused_for_good_fails_the_campaign_and_can_be_retried(orchestra: Orchestra) -> None:
    campaign = orchestra.put("v")
    orchestra.executions.fault = lambda _: Refused(cause="AccessDeniedException", transient=False)
    told = orchestra.ask("start", campaign, idempotencyKey="k")
    assert (told["errorCode"], told["retryable"]) == ("dispatch_failed", False)
    assert orchestra.ask("start", campaign, idempotencyKey="k")["errorCode"] == "dispatch_failed"
    assert orchestra.status(campaign) == "failed"
    assert orchestra.live("voice") == set()
    orchestra.executions.fault = lambda _: None
    again = orchestra.ask("retry", campaign)
    assert (again["success"], again["runNumber"]) == (True, 2)
    assert orchestra.run(campaign).resumed_from == 1


def test_a_lost_answer_is_unconfirmed_and_settled_by_the_same_request(orchestra: Orchestra) -> None:
    campaign = orchestra.put("v")
    orchestra.executions.answer_lost = lambda _: Unknown(cause="no_answer")
    told = orchestra.ask("start", campaign, idempotencyKey="k")
    assert (told["errorCode"], told["retryable"]) == ("dispatch_unconfirmed", True)
    assert orchestra.run(campaign).unknown
    assert orchestra.live("voice") == {campaign}
    orchestra.executions.answer_lost = lambda _: None
    settled = orchestra.ask("start", campaign, idempotencyKey="k")
    assert settled["success"]
    assert orchestra.executions.dispatched == [orchestra.run(campaign).execution_name]
    assert orchestra.ask("start", campaign, idempotencyKey="k") == settled


def test_an_unanswered_dispatch_that_never_arrived_is_made_by_the_same_request(orchestra: Orchestra) -> None:
    campaign = orchestra.put("v")
    orchestra.executions.fault = lambda _: Unknown(cause="no_answer")
    orchestra.ask("start", campaign, idempotencyKey="k")
    assert orchestra.executions.dispatched == []
    orchestra.executions.fault = lambda _: None
    assert orchestra.ask("start", campaign, idempotencyKey="k")["success"]
    assert len(orchestra.executions.dispatched) == 1


def test_a_refusal_after_a_lost_answer_is_no_proof(orchestra: Orchestra) -> None:
    campaign = orchestra.put("v")
    orchestra.executions.answer_lost = lambda _: Unknown(cause="no_answer")
    orchestra.ask("start", campaign, idempotencyKey="k")
    orchestra.executions.fault = lambda _: Refused(cause="AccessDeniedException", transient=False)
    told = orchestra.ask("start", campaign, idempotencyKey="k")
    assert told["errorCode"] == "dispatch_unconfirmed"
    assert orchestra.live("voice") == {campaign}


def test_a_second_delivery_while_the_first_is_at_it_is_in_progress(orchestra: Orchestra) -> None:
    campaign = orchestra.put("v")
    seen: list[str] = []

    def deliver_again(_: Run) -> None:
        orchestra.executions.fault = lambda _: None
        seen.append(orchestra.ask("start", campaign, idempotencyKey="k")["errorCode"])

    orchestra.executions.fault = deliver_again
    assert orchestra.ask("start", campaign, idempotencyKey="k")["success"]
    assert seen == ["in_progress"]


def test_an_abandoned_dispatch_is_taken_over_after_the_grace(orchestra: Orchestra) -> None:
    campaign = orchestra.put("v")

    def crash(_: Run) -> None:
        raise KeyboardInterrupt

    orchestra.executions.fault = crash
    with pytest.raises(KeyboardInterrupt):
        orchestra.ask("start", campaign, idempotencyKey="k")
    orchestra.executions.fault = lambda _: None
    assert orchestra.ask("start", campaign, idempotencyKey="k")["errorCode"] == "in_progress"
    orchestra.clock.advance(budgets.GRACE_SECONDS + 1)
    assert orchestra.ask("start", campaign, idempotencyKey="k")["success"]
    assert orchestra.run(campaign).attempts == 2


def test_a_foreign_execution_of_the_name_costs_the_number_and_not_the_campaign(orchestra: Orchestra) -> None:
    campaign = orchestra.put("v")
    orchestra.executions.fault = lambda _: Collision(cause="name_taken")
    assert orchestra.ask("start", campaign)["errorCode"] == "dispatcher_unavailable"
    orchestra.executions.fault = lambda _: None
    answer = orchestra.ask("start", campaign)
    assert (answer["success"], answer["runNumber"]) == (True, 2)


@pytest.mark.parametrize("action", ["pause", "stop"])
def test_a_stop_that_overtakes_the_dispatch_burns_the_name(orchestra: Orchestra, action: str) -> None:
    campaign = orchestra.put("v")
    overtaking: list[dict[str, object]] = []

    def overtake(_: Run) -> None:
        orchestra.executions.fault = lambda _: None
        overtaking.append(orchestra.ask(action, campaign))

    orchestra.executions.fault = overtake
    told = orchestra.ask("start", campaign)
    assert overtaking[0]["success"]
    assert told["errorCode"] == "invalid_state"
    assert told["message"] == "run 1 was stopped before it began"
    assert orchestra.executions.dispatched == []
    assert orchestra.live("voice") == orchestra.shown("voice") == set()


def test_a_stop_that_overtakes_a_queued_message_fences_its_claim(orchestra: Orchestra) -> None:
    campaign = orchestra.put("s", "sms")
    orchestra.ask("start", campaign)
    orchestra.ask("stop", campaign)
    assert orchestra.live("sms") == set()
    (message,) = orchestra.messages.queue
    assert orchestra.claim(message).value == "not_live"  # type: ignore[union-attr]
    assert orchestra.status(campaign) == "cancelled"


def test_a_start_whose_run_is_stopping_undispatched_is_not_told_success(orchestra: Orchestra) -> None:
    def stopped_meanwhile(run: Run) -> None:
        orchestra.container.repository().fence_run(run.identity, cause="test", origin=ORIGIN)
        raise KeyboardInterrupt

    orchestra.executions.fault = stopped_meanwhile
    with pytest.raises(KeyboardInterrupt):
        orchestra.ask("start", orchestra.put("c"), idempotencyKey="k")
    again = orchestra.ask("start", "c", idempotencyKey="k")
    assert (again["success"], again["errorCode"], again["status"]) == (False, "invalid_state", "stopping")
    assert again["message"] == "run 1 was stopped; whether it had begun by then is not known"


@pytest.mark.parametrize("transient", [True, False])
def test_a_refused_dispatch_that_a_pause_overtook_is_not_told_what_the_campaign_is_not(
    orchestra: Orchestra, transient: bool
) -> None:
    def paused_meanwhile(_: Run) -> Refused:
        orchestra.ask("pause", "c")
        return Refused(cause="no", transient=transient)

    orchestra.executions.fault = paused_meanwhile
    orchestra.executions.away = True
    answer = orchestra.ask("start", orchestra.put("c"))
    assert (answer["errorCode"], answer["status"]) == ("invalid_state", "stopping")
    assert answer["message"] == "run 1 was stopped before it began"
    assert (orchestra.status("c"), orchestra.run("c").outcome) == ("paused", RunOutcome.STOPPED)


def test_a_run_that_has_finished_before_its_dispatch_was_recorded_was_started(orchestra: Orchestra) -> None:
    campaign = orchestra.put("s", "sms")

    def finish_at_once(run: Run) -> None:
        orchestra.work_off(run)

    orchestra.messages.answer_lost = finish_at_once
    answer = orchestra.ask("start", campaign, idempotencyKey="k")
    assert (answer["success"], answer["runState"]) == (True, "ended")
    assert orchestra.status(campaign) == "completed"
    assert orchestra.live("sms") == orchestra.shown("sms") == set()
    assert orchestra.ask("start", campaign, idempotencyKey="k") == answer


@pytest.mark.parametrize("collides", [False, True])
def test_a_run_that_was_given_up_before_its_dispatch_was_recorded_is_told_so_from_then_on(
    orchestra: Orchestra, collides: bool
) -> None:
    campaign = orchestra.put("v")

    def give_up(run: Run) -> Collision | None:
        end = end_of(run, RunOutcome.DISPATCH_FAILED, cause="never_confirmed")
        orchestra.container.repository().end_run(end)
        return Collision(cause="name_taken") if collides else None

    orchestra.executions.answer_lost = give_up
    told = orchestra.ask("start", campaign, idempotencyKey="k")
    assert (told["errorCode"], told["cause"]) == ("dispatch_failed", "never_confirmed")
    assert orchestra.live("voice") == orchestra.shown("voice") == set()
    assert orchestra.publisher.published == []
    assert orchestra.ask("start", campaign, idempotencyKey="k") == told


@pytest.mark.parametrize("campaign_type", ["voice", "sms"])
def test_a_stop_between_dispatch_and_record_is_helped_to_its_end(orchestra: Orchestra, campaign_type: str) -> None:
    campaign = orchestra.put("c", campaign_type)
    dispatcher = orchestra.executions if campaign_type == "voice" else orchestra.messages

    def crash_in_the_middle_of_a_stop(run: Run) -> None:
        orchestra.store.campaigns[campaign].status = "cancelled"
        orchestra.store.save_run(evolve(orchestra.run(campaign), state=RunState.STOPPING))

    dispatcher.answer_lost = crash_in_the_middle_of_a_stop
    answer = orchestra.ask("start", campaign)
    assert (answer["success"], answer["runState"]) == (True, "ended")
    assert orchestra.live(orchestra.run(campaign).pool) == set()
    assert orchestra.status(campaign) == "cancelled"


def test_nothing_is_begun_without_the_time_to_finish_it(orchestra: Orchestra) -> None:
    campaign = orchestra.put("v")
    told = orchestra.ask("start", campaign, deadline=MonotonicDeadline(budgets.BEFORE_ADMISSION_SECONDS - 0.5))
    assert (told["errorCode"], told["retryable"]) == ("deadline_too_close", True)
    assert orchestra.status(campaign) == "draft"
    assert not orchestra.store.runs


def test_a_run_whose_time_ran_out_before_its_dispatch_gives_its_slot_back(orchestra: Orchestra) -> None:
    campaign = orchestra.put("v")
    told = orchestra.ask("start", campaign, deadline=Shrinking(100, 1))
    assert told["errorCode"] == "deadline_too_close"
    assert orchestra.status(campaign) == "draft"
    assert orchestra.live("voice") == set()
    assert orchestra.run(campaign).outcome is RunOutcome.RETURNED


def test_with_the_ledger_away_every_action_succeeds_and_the_next_one_rebuilds_it(orchestra: Orchestra) -> None:
    one, other = orchestra.put("v1"), orchestra.put("v2")
    orchestra.ledger.away = True
    started = orchestra.ask("start", one)
    assert (started["success"], started["projection"]) == (True, "stale")
    assert orchestra.ask("pause", one)["success"]
    assert orchestra.ask("resume", one)["success"]
    assert orchestra.ask("status")["pools"]["voice"]["projection"] == "stale"
    orchestra.ledger.away = False
    assert "projection" not in orchestra.ask("start", other)
    assert orchestra.shown("voice") == {one, other}
    assert orchestra.ask("status")["pools"]["voice"]["projection"] == "current"
