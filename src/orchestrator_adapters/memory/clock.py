"""Clocks."""

from datetime import UTC, datetime, timedelta

from attrs import define

from orchestrator_domain.ports.clock import Clock


class SystemClock(Clock):
    """The machine's clock."""

    def now(self) -> datetime:
        return datetime.now(UTC)


@define
class SettableClock(Clock):
    """A clock that stands still until it is told to go on."""

    instant: datetime = datetime(2026, 1, 1, tzinfo=UTC)

    def now(self) -> datetime:
        return self.instant

    def advance(self, seconds: float) -> None:
        """Let ``seconds`` pass."""
        self.instant += timedelta(seconds=seconds)
