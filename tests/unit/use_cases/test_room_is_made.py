"""What is in a start's way is looked at: when, how far, and how often the start is decided for it."""

from typing import Any

import pytest

from asking.looks import looks_show
from asking.orchestra import Orchestra
from orchestrator_domain import budgets
from orchestrator_domain.ports.deadline import Deadline
from orchestrator_domain.ports.dispatcher import ExecutionPhase
from orchestrator_domain.run import RunOutcome

FOR_A_LOOK = budgets.BEFORE_ADMISSION_SECONDS + budgets.BEFORE_DISPATCH_SECONDS
ONE_OF_EACH = {
    "MAX_CONCURRENT_VOICE_CAMPAIGNS": "1",
    "MAX_CONCURRENT_SMS_CAMPAIGNS": "1",
    "SMS_DISPATCHER_REPORTS": "false",
}


class Left(Deadline):
    def __init__(self, seconds: float) -> None:
        self.seconds = seconds

    def remaining_seconds(self) -> float:
        return self.seconds


@pytest.fixture
def orchestra() -> Orchestra:
    return Orchestra(ONE_OF_EACH)


def admissions(patch: pytest.MonkeyPatch, orchestra: Orchestra) -> list[str]:
    """The campaigns for which an admission is asked from here on."""
    asked: list[str] = []
    repository = type(orchestra.container.repository())
    admit = repository.admit

    def counted(self: Any, request: Any) -> Any:
        asked.append(request.campaign_id)
        return admit(self, request)

    patch.setattr(repository, "admit", counted)
    return asked


def full(orchestra: Orchestra, *, has_ended: bool) -> None:
    orchestra.ask("start", orchestra.put("holder"))
    if has_ended:
        orchestra.executions.close(orchestra.run("holder").execution_name, RunOutcome.SUCCEEDED)
    orchestra.clock.advance(budgets.GRACE_SECONDS + 1)


@pytest.mark.parametrize(
    ("has_ended", "seconds", "decisions", "code"),
    [
        (True, FOR_A_LOOK, 2, None),
        (True, FOR_A_LOOK - 0.01, 1, "resource_limit_reached"),
        (False, FOR_A_LOOK, 1, "resource_limit_reached"),
    ],
)
def test_a_start_is_decided_again_only_when_a_slot_has_become_free(
    orchestra: Orchestra,
    monkeypatch: pytest.MonkeyPatch,
    has_ended: bool,
    seconds: float,
    decisions: int,
    code: str | None,
) -> None:
    full(orchestra, has_ended=has_ended)
    asked = admissions(monkeypatch, orchestra)
    answer = orchestra.ask("start", orchestra.put("c"), deadline=Left(seconds))
    assert (answer.get("errorCode"), len(asked)) == (code, decisions)


def test_starts_that_are_refused_while_looks_go_unanswered_stop_nobody(orchestra: Orchestra) -> None:
    orchestra.ask("start", orchestra.put("holder"))
    orchestra.put("c")
    for _ in range(2 * budgets.MOST_ATTEMPTS):
        orchestra.clock.advance(budgets.GRACE_SECONDS + 1)
        with looks_show(ExecutionPhase.NO_ANSWER):
            assert orchestra.ask("start", "c")["errorCode"] == "resource_limit_reached"
    run = orchestra.run("holder")
    assert (orchestra.status("holder"), run.attempts) == ("active", 1)
    assert orchestra.executions.observe(run).phase is ExecutionPhase.OPEN


@pytest.mark.parametrize(("short_by", "code"), [(0.0, None), (0.01, "invalid_state")])
def test_a_dispatcher_s_word_is_heard_before_a_retry_with_just_the_time_for_it(
    orchestra: Orchestra, short_by: float, code: str | None
) -> None:
    orchestra.ask("start", orchestra.put("c", "sms"))
    orchestra.store.campaigns["c"].status = "failed"
    assert orchestra.ask("retry", "c", deadline=Left(FOR_A_LOOK - short_by)).get("errorCode") == code


def test_a_start_and_a_run_that_reports_are_not_looked_at_first(
    orchestra: Orchestra, monkeypatch: pytest.MonkeyPatch
) -> None:
    orchestra.ask("start", orchestra.put("c"))
    orchestra.executions.close(orchestra.run("c").execution_name, RunOutcome.FAILED)
    orchestra.clock.advance(budgets.GRACE_SECONDS + 1)
    assert orchestra.ask("retry", "c")["errorCode"] == "invalid_state"
    assert orchestra.status("c") == "active"

    def looked(*_: object) -> None:
        raise AssertionError("a campaign was looked up")

    monkeypatch.setattr(type(orchestra.container.repository()), "find_campaigns", looked)
    assert orchestra.ask("start", orchestra.put("s", "sms"))["success"]
