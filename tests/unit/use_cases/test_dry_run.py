"""A dry run of reconcile says what it would do, and does nothing."""

from collections.abc import Callable
from copy import deepcopy
from typing import Any

import pytest

from asking.looks import looks_show
from asking.orchestra import Orchestra
from orchestrator_domain import budgets
from orchestrator_domain.ports.dispatcher import ExecutionPhase, Unknown
from orchestrator_domain.ports.run_claims import Claim
from orchestrator_domain.run import RunOutcome


def started(orchestra: Orchestra, campaign_type: str) -> None:
    orchestra.put("c", campaign_type)
    assert orchestra.ask("start", "c")["success"]


def unanswered(orchestra: Orchestra, campaign_type: str) -> None:
    for dispatcher in (orchestra.executions, orchestra.messages):
        dispatcher.answer_lost = lambda _: Unknown(cause="no_answer")
    orchestra.put("c", campaign_type)
    orchestra.ask("start", "c")
    orchestra.executions.answer_lost = orchestra.messages.answer_lost = lambda _: None


def left_stopping(orchestra: Orchestra, campaign_type: str) -> None:
    started(orchestra, campaign_type)
    orchestra.executions.away = True
    orchestra.ask("stop", "c")
    orchestra.executions.away = False


def ended_unnoticed(orchestra: Orchestra, campaign_type: str) -> None:
    started(orchestra, campaign_type)
    orchestra.executions.close(orchestra.run("c").execution_name, RunOutcome.FAILED)


def vanished(orchestra: Orchestra, campaign_type: str) -> None:
    started(orchestra, campaign_type)
    orchestra.executions.executions.clear()
    orchestra.clock.advance(budgets.GRACE_SECONDS + 1)


def dropped(orchestra: Orchestra, campaign_type: str) -> None:
    started(orchestra, campaign_type)
    orchestra.messages.queue.clear()
    orchestra.clock.advance(361)


def silent(orchestra: Orchestra, campaign_type: str) -> None:
    started(orchestra, campaign_type)
    assert isinstance(orchestra.claim(orchestra.messages.queue[0]), Claim)
    orchestra.clock.advance(budgets.HEARTBEAT_GRACE_SECONDS + 1)


def deleted(orchestra: Orchestra, campaign_type: str) -> None:
    started(orchestra, campaign_type)
    del orchestra.store.campaigns["c"]


SCENES: list[tuple[str, Callable[[Orchestra, str], None], list[tuple[str, str | None]]]] = [
    ("voice", started, []),
    ("sms", started, []),
    ("voice", unanswered, [("adopted", "never_confirmed")]),
    ("sms", unanswered, [("adopted", "never_confirmed")]),
    ("voice", left_stopping, [("stopped", "stop requested")]),
    ("voice", ended_unnoticed, [("ended", "failed")]),
    ("voice", vanished, [("dispatched_again", "not_visible")]),
    ("sms", dropped, [("dispatched_again", "never_claimed")]),
    ("sms", silent, [("dispatched_again", "no_heartbeat")]),
    ("voice", deleted, [("fenced", "campaign_deleted"), ("stopped", "campaign_deleted")]),
    ("sms", deleted, [("fenced", "campaign_deleted"), ("stopped", "campaign_deleted")]),
]


def repairs(answer: dict[str, Any]) -> list[tuple[str, str | None]]:
    found = (one for pool in answer["pools"].values() for one in pool["repairs"])
    return [(one["repair"], one.get("why")) for one in found]


@pytest.mark.parametrize(
    ("campaign_type", "before", "wanted"), SCENES, ids=[f"{scene[0]}-{scene[1].__name__}" for scene in SCENES]
)
def test_it_says_what_would_be_done_and_does_nothing(
    campaign_type: str, before: Callable[[Orchestra, str], None], wanted: list[tuple[str, str | None]]
) -> None:
    orchestra = Orchestra()
    before(orchestra, campaign_type)
    stored = deepcopy((orchestra.store.runs, orchestra.store.events))
    shown = {pool: orchestra.shown(pool) for pool in ("voice", "sms")}
    executions, messages = dict(orchestra.executions.executions), list(orchestra.messages.queue)
    answer = orchestra.ask("reconcile", dryRun=True)
    assert (answer["dryRun"], repairs(answer)) == (True, wanted)
    assert (orchestra.store.runs, orchestra.store.events) == stored
    assert {pool: orchestra.shown(pool) for pool in shown} == shown
    assert (orchestra.executions.executions, orchestra.messages.queue) == (executions, messages)
    # What was foretold comes true, and what was not does not.
    done = repairs(orchestra.ask("reconcile"))
    assert [repair for repair, _ in done] == [repair for repair, _ in wanted]


def tried_often_enough(*, has_begun: bool) -> Orchestra:
    """A run whose every attempt went unanswered."""
    orchestra = Orchestra()
    if has_begun:
        orchestra.executions.answer_lost = lambda _: Unknown(cause="no_answer")
    else:
        orchestra.executions.fault = lambda _: Unknown(cause="no_answer")
    orchestra.ask("start", orchestra.put("c"))
    for _ in range(budgets.MOST_ATTEMPTS - 1):
        orchestra.ask("reconcile")
    assert orchestra.run("c").attempts == budgets.MOST_ATTEMPTS
    return orchestra


def test_what_was_tried_often_enough_would_be_given_up() -> None:
    orchestra = tried_often_enough(has_begun=False)
    assert repairs(orchestra.ask("reconcile", dryRun=True)) == []
    orchestra.clock.advance(budgets.GRACE_SECONDS + 1)
    with looks_show(ExecutionPhase.NO_ANSWER):
        assert repairs(orchestra.ask("reconcile", dryRun=True)) == []
    assert repairs(orchestra.ask("reconcile", dryRun=True)) == [("given_up", "never_confirmed")]
    assert repairs(orchestra.ask("reconcile"))[0][0] == "given_up"


def test_what_has_begun_unrecorded_would_be_adopted_however_often_it_was_tried() -> None:
    orchestra = tried_often_enough(has_begun=True)
    assert repairs(orchestra.ask("reconcile", dryRun=True)) == [("adopted", "never_confirmed")]
    assert repairs(orchestra.ask("reconcile"))[0][0] == "adopted"


def test_a_queued_run_would_be_given_up_once_nobody_can_claim_it() -> None:
    orchestra = Orchestra()
    orchestra.messages.fault = lambda _: Unknown(cause="no_answer")
    orchestra.ask("start", orchestra.put("c", "sms"))
    for _ in range(budgets.MOST_ATTEMPTS - 1):
        orchestra.ask("reconcile")
    assert repairs(orchestra.ask("reconcile", dryRun=True)) == repairs(orchestra.ask("reconcile")) == []
    orchestra.clock.advance(361)
    assert repairs(orchestra.ask("reconcile", dryRun=True)) == [("given_up", "never_confirmed")]
    assert repairs(orchestra.ask("reconcile"))[0][0] == "given_up"


def test_a_run_that_nobody_takes_would_be_ended_after_its_last_attempt() -> None:
    orchestra = Orchestra()
    dropped(orchestra, "sms")
    for _ in range(budgets.MOST_ATTEMPTS - 1):
        orchestra.ask("reconcile")
        orchestra.messages.queue.clear()
        orchestra.clock.advance(361)
    assert orchestra.run("c").attempts == budgets.MOST_ATTEMPTS
    assert repairs(orchestra.ask("reconcile", dryRun=True)) == [("ended", "never_claimed")]
    assert repairs(orchestra.ask("reconcile"))[0][0] == "ended"


def test_it_says_whether_the_ledger_differs() -> None:
    orchestra = Orchestra()
    started(orchestra, "voice")
    assert orchestra.ask("reconcile", dryRun=True)["pools"]["voice"]["projection"] == "current"
    orchestra.ledger.active["voice"].add("forged")
    assert orchestra.ask("reconcile", dryRun=True)["pools"]["voice"]["projection"] == "stale"
    assert orchestra.shown("voice") == {"c", "forged"}
