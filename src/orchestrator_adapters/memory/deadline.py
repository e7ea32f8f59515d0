"""Deadlines."""

import math
import time
from collections.abc import Callable

from attrs import define, field

from orchestrator_domain.ports.deadline import Deadline


class NoDeadline(Deadline):
    """All the time in the world."""

    def remaining_seconds(self) -> float:
        return math.inf


@define
class MonotonicDeadline(Deadline):
    """``seconds`` from now, by a clock that nobody sets."""

    seconds: float
    _monotonic: Callable[[], float] = time.monotonic
    _began: float = field(init=False)

    def __attrs_post_init__(self) -> None:
        self._began = self._monotonic()

    def remaining_seconds(self) -> float:
        return self._began + self.seconds - self._monotonic()


@define
class FixedDeadline(Deadline):
    """A deadline that stands still until it is told how much is left: for tests and simulations."""

    seconds: float

    def remaining_seconds(self) -> float:
        return self.seconds

    def spend(self, seconds: float) -> None:
        """Let ``seconds`` of it pass."""
        if seconds < 0:
            raise ValueError(f"seconds must be 0 or more, not {seconds}")
        self.seconds -= seconds
