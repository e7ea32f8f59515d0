"""Where measurements go."""

from abc import abstractmethod
from collections.abc import Callable
from typing import Protocol, runtime_checkable

from orchestrator_domain.measurements import Measurement


@runtime_checkable
class Metrics(Protocol):
    """Takes measurements.

    1. It never raises and never waits for the outside: an action is the same with metrics and without.
    2. Not promised: that a measurement arrives anywhere.
    """

    @abstractmethod
    def record(self, measurement: Measurement) -> None:
        """Take one measurement."""

    @abstractmethod
    def stopwatch(self) -> Callable[[], float]:
        """Begin to measure time; what is returned tells the milliseconds since."""


class NoMetrics(Metrics):
    """Takes nothing: where nobody measures."""

    def record(self, measurement: Measurement) -> None:
        """Do nothing."""

    def stopwatch(self) -> Callable[[], float]:
        """A watch that stands."""
        return float
