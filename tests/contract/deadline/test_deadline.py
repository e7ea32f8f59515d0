"""Deadline, promise by promise, over every adapter."""

import math
from collections.abc import Callable

import pytest

from campaign_orchestrator.invocation_deadline import InvocationDeadline
from orchestrator_adapters.memory.deadline import FixedDeadline, MonotonicDeadline, NoDeadline
from orchestrator_domain.ports.deadline import Deadline

Passing = tuple[Deadline, Callable[[], None]]


class Context:
    """An invocation's, whose time passes when it is told to."""

    aws_request_id = "r"
    milliseconds = 2_000

    def get_remaining_time_in_millis(self) -> int:
        return self.milliseconds

    def pass_half_a_second(self) -> None:
        self.milliseconds -= 500


def monotonic() -> Passing:
    now = [100.0]
    deadline = MonotonicDeadline(2.0, lambda: now[0])
    return deadline, lambda: now.__setitem__(0, now[0] + 0.5)


def invocation() -> Passing:
    context = Context()
    return InvocationDeadline(context), context.pass_half_a_second


def fixed() -> Passing:
    deadline = FixedDeadline(2.0)
    return deadline, lambda: deadline.spend(0.5)


@pytest.fixture(params=[monotonic, invocation, fixed], ids=lambda make: str(make.__name__))
def passing(request: pytest.FixtureRequest) -> Passing:
    """Each deadline, 2 seconds away, and what lets half a second pass: one of your own is one more parameter."""
    made: Passing = request.param()
    return made


def test_what_remains_shrinks_as_time_passes_and_goes_below_zero(passing: Passing) -> None:
    deadline, pass_half_a_second = passing
    seen = []
    for _ in range(6):
        seen.append(deadline.remaining_seconds())
        pass_half_a_second()
    assert seen == [2.0, 1.5, 1.0, 0.5, 0.0, -0.5]


def test_what_remains_never_grows() -> None:
    deadline = MonotonicDeadline(1.0)
    seen = [deadline.remaining_seconds() for _ in range(100)]
    assert seen == sorted(seen, reverse=True)
    assert seen[0] <= 1.0
    assert MonotonicDeadline(-1).remaining_seconds() < 0


def test_a_fixed_deadline_gives_no_time_back() -> None:
    with pytest.raises(ValueError, match="seconds must be 0 or more, not -1"):
        FixedDeadline(1.0).spend(-1)


def test_without_a_deadline_there_is_no_end() -> None:
    assert NoDeadline().remaining_seconds() == math.inf
