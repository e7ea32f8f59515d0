"""A request that comes again: the whole answer, whatever became of its run."""

from typing import Any

import pytest
from attrs import evolve

from asking.orchestra import Orchestra
from asking.requests import ORIGIN
from orchestrator_domain import budgets
from orchestrator_domain.ports.dispatcher import Unknown
from orchestrator_domain.run import Run, RunOutcome, RunState

PLAIN = {"SMS_DISPATCHER_REPORTS": "false"}


def crash(_: Run) -> None:
    raise KeyboardInterrupt


def start(orchestra: Orchestra) -> dict[str, Any]:
    return orchestra.ask("start", "c", idempotencyKey="k")


def crashed(campaign_type: str = "voice", limits: dict[str, str] | None = None) -> Orchestra:
    """A start whose process died while it dispatched."""
    orchestra = Orchestra(limits or {})
    dispatcher = orchestra.executions if campaign_type == "voice" else orchestra.messages
    dispatcher.fault = crash
    orchestra.put("c", campaign_type)
    with pytest.raises(KeyboardInterrupt):
        start(orchestra)
    dispatcher.fault = lambda _: None
    return orchestra


def test_one_that_is_being_worked_on_is_told_when_to_come_again() -> None:
    orchestra = crashed()
    orchestra.clock.advance(budgets.GRACE_SECONDS)
    told = start(orchestra)
    assert (told["errorCode"], told["campaignType"], told["retryAfterSeconds"]) == (
        "in_progress",
        "voice",
        budgets.IN_PROGRESS_RETRY_SECONDS,
    )
    orchestra.clock.advance(0.1)
    assert start(orchestra)["success"]


def test_a_message_that_is_sent_again_may_be_claimed_as_long_as_the_first() -> None:
    orchestra = crashed("sms")
    window = orchestra.run("c").not_after
    assert window is not None
    orchestra.clock.advance(budgets.GRACE_SECONDS + 1)
    assert start(orchestra)["success"]
    again = orchestra.run("c").not_after
    assert again is not None
    assert (again - window).total_seconds() == budgets.GRACE_SECONDS + 1


def test_one_whose_dispatcher_claims_nothing_is_never_sent_twice() -> None:
    orchestra = crashed("sms", PLAIN)
    orchestra.clock.advance(budgets.GRACE_SECONDS + 1)
    told = start(orchestra)
    assert (told["errorCode"], told["cause"]) == ("dispatch_unconfirmed", "cannot_be_repeated")
    assert orchestra.messages.queue == []


def test_one_that_was_stopped_before_anything_is_known_of_it_is_no_success() -> None:
    orchestra = crashed()
    orchestra.ask("stop", "c")
    told = start(orchestra)
    assert told["message"] == "run 1 was stopped; whether it had begun by then is not known"


@pytest.mark.parametrize("then", ["stop", "end"])
def test_one_that_had_begun_is_a_success_whatever_came_later(then: str) -> None:
    orchestra = Orchestra()
    orchestra.put("c")
    start(orchestra)
    if then == "stop":
        orchestra.ask("stop", "c")
    else:
        orchestra.execution_ends("c")
    told = start(orchestra)
    assert (told["success"], told["runState"]) == (True, "ended")


def test_one_of_which_only_the_claim_is_known_had_begun() -> None:
    orchestra = Orchestra()
    orchestra.put("c", "sms")
    orchestra.messages.answer_lost = lambda _: Unknown(cause="no_answer")
    start(orchestra)
    orchestra.claim(orchestra.messages.queue[0])
    orchestra.container.repository().fence_run(orchestra.run("c").identity, cause="test", origin=ORIGIN)
    told = start(orchestra)
    assert (told["success"], told["runState"]) == (True, "stopping")


def test_a_failure_without_a_known_cause_says_so() -> None:
    orchestra = Orchestra()
    orchestra.put("c")
    start(orchestra)
    orchestra.execution_ends("c")
    run = orchestra.run("c")
    orchestra.store.save_run(evolve(run, outcome=RunOutcome.DISPATCH_FAILED, cause=None, state=RunState.ENDED))
    assert start(orchestra)["cause"] == "unknown"


def test_a_run_that_stops_without_a_reason_is_stopped_with_a_word() -> None:
    orchestra = Orchestra()
    orchestra.put("c")
    start(orchestra)
    orchestra.store.save_run(evolve(orchestra.run("c"), state=RunState.STOPPING, cause=None))
    orchestra.ask("reconcile")
    assert orchestra.run("c").cause == "stopped"


def test_a_resume_while_an_unreported_run_is_still_at_work_is_told_what_is_unknown() -> None:
    orchestra = Orchestra(PLAIN)
    orchestra.put("c", "sms")
    start(orchestra)
    orchestra.ask("pause", "c")
    told = orchestra.ask("resume", "c")
    assert (told["errorCode"], told["campaignType"], told["retryAfterSeconds"], told["message"]) == (
        "still_stopping",
        "sms",
        budgets.STILL_STOPPING_RETRY_SECONDS,
        "run 1 of the campaign is still stopping, an unknown number of contacts in flight",
    )


def test_what_was_told_to_have_begun_is_told_so_again_when_nobody_has_taken_it_up() -> None:
    """The queue took the message and dropped it, five times: what became of the run is told beside it."""
    orchestra = Orchestra()
    orchestra.put("c", "sms")
    told = start(orchestra)
    assert told["success"]
    for _ in range(budgets.MOST_ATTEMPTS):
        orchestra.clock.advance(361)
        orchestra.ask("reconcile")
    run = orchestra.run("c")
    assert (run.outcome, run.cause) == (RunOutcome.DISPATCH_FAILED, "never_claimed")
    again = start(orchestra)
    assert (again["success"], again["message"]) == (told["success"], told["message"])
    assert (again["runState"], orchestra.status("c")) == ("ended", "failed")
