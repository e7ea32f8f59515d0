"""With just the time that a step needs it is taken, and with less it is not."""

from typing import Any

import pytest

from asking.orchestra import Orchestra
from asking.requests import ORIGIN
from orchestrator_adapters.memory.deadline import NoDeadline
from orchestrator_domain import budgets
from orchestrator_domain.ports.deadline import Deadline

STORE, ANSWER = budgets.STORE_SECONDS, budgets.ANSWER_RESERVE_SECONDS


class Left(Deadline):
    """So many seconds are left, however long one waits; then others, from the ``after``-th question on."""

    def __init__(self, seconds: float, *, first: float | None = None, after: int = 1) -> None:
        self.seconds, self.first, self.after, self.asked = seconds, first, after, 0

    def remaining_seconds(self) -> float:
        self.asked += 1
        return self.first if self.first is not None and self.asked <= self.after else self.seconds


@pytest.mark.parametrize(
    ("asked", "needed"),
    [
        ({"action": "start", "campaignId": "c"}, budgets.BEFORE_ADMISSION_SECONDS),
        ({"action": "pause", "campaignId": "running"}, STORE + ANSWER),
        ({"action": "stop", "campaignId": "running"}, STORE + ANSWER),
        ({"action": "status"}, STORE),
        ({"action": "status", "campaignIds": ["c"]}, STORE),
        ({"action": "limits"}, STORE),
        ({"action": "limits", "set": {"sms": 3}}, 2 * STORE + ANSWER),
        ({"action": "unhalt", "campaignType": "sms", "reason": "r"}, 2 * STORE + ANSWER),
    ],
    ids=str,
)
def test_nothing_is_begun_with_less(asked: dict[str, Any], needed: float) -> None:
    def answer(seconds: float) -> dict[str, Any]:
        orchestra = Orchestra()
        orchestra.put("c")
        orchestra.ask("start", orchestra.put("running"))
        return orchestra.send(asked, deadline=Left(seconds))

    enough, short = answer(needed), answer(needed - 0.01)
    assert enough.get("errorCode") is None
    assert (short["errorCode"], short["retryAfterSeconds"]) == ("deadline_too_close", 1)
    assert short["message"].endswith(f"and {needed:.1f} s are needed")


@pytest.mark.parametrize(("short_by", "code"), [(0.0, None), (0.01, "deadline_too_close")])
def test_a_dispatch_is_made_with_just_its_time(short_by: float, code: str | None) -> None:
    orchestra = Orchestra()
    campaign = orchestra.put("c")
    left = Left(budgets.BEFORE_DISPATCH_SECONDS - short_by, first=100.0)
    answer = orchestra.ask("start", campaign, deadline=left)
    assert answer.get("errorCode") == code
    if code is not None:
        assert orchestra.store.events[campaign][-1].cause == "deadline_too_close"
        assert answer["message"] == "9.0 s are left of the invocation, and 9.0 s are needed"


@pytest.mark.parametrize(("short_by", "remaining"), [(0.0, 1), (0.01, None)])
def test_a_halt_asks_for_figures_only_when_its_answer_is_safe(short_by: float, remaining: int | None) -> None:
    orchestra = Orchestra()
    orchestra.ask("start", orchestra.put("c"))
    left = Left(STORE + ANSWER - short_by, first=STORE + ANSWER)
    answer = orchestra.ask("halt", campaignType="voice", reason="r", deadline=left)
    assert (answer["success"], answer["pools"]["voice"]["remaining"]) == (True, remaining)
    assert orchestra.ask("start", orchestra.put("later"))["errorCode"] == "pool_halted"


def test_a_run_that_somebody_else_has_handed_over_meanwhile_is_not_given_back() -> None:
    orchestra = Orchestra()

    class Overtaken(NoDeadline):
        asked = 0

        def remaining_seconds(self) -> float:
            self.asked += 1
            if self.asked == 2:
                run = orchestra.run("c")
                orchestra.container.repository().begin_attempt(
                    run.identity, expected_attempts=run.attempts, claim_window_seconds=None
                )
            return 100.0 if self.asked == 1 else 1.0

    answer = orchestra.ask("start", orchestra.put("c"), deadline=Overtaken())
    assert (answer["errorCode"], answer["retryAfterSeconds"], answer["campaignType"]) == (
        "in_progress",
        budgets.IN_PROGRESS_RETRY_SECONDS,
        "voice",
    )
    assert orchestra.live("voice") == {"c"}


@pytest.mark.parametrize(("short_by", "state"), [(0.0, "ended"), (0.01, "stopping")])
def test_an_execution_is_stopped_with_just_the_time_for_it(short_by: float, state: str) -> None:
    orchestra = Orchestra()
    orchestra.ask("start", orchestra.put("c"))
    answer = orchestra.ask("pause", "c", deadline=Left(budgets.BEFORE_DISPATCH_SECONDS - short_by))
    assert (answer["success"], answer["runState"]) == (True, state)


@pytest.mark.parametrize(("short_by", "repairs"), [(0.0, ["ended"]), (0.01, [])])
def test_a_signal_is_followed_up_with_just_the_time_for_it(short_by: float, repairs: list[str]) -> None:
    orchestra = Orchestra()
    orchestra.ask("start", orchestra.put("c"))
    run = orchestra.run("c")
    orchestra.executions.stop(run, reason="test")
    settled = orchestra.container.settle_run().settle(
        run, Left(budgets.BEFORE_DISPATCH_SECONDS - short_by), origin=ORIGIN
    )
    assert [repair.value for repair in settled.repairs] == repairs
