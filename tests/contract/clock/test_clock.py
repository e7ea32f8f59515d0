"""Clock, promise by promise, over every adapter."""

from datetime import UTC, datetime, timedelta

import pytest

from orchestrator_adapters.memory.clock import SettableClock, SystemClock
from orchestrator_domain.ports.clock import Clock


@pytest.fixture(params=[SystemClock, SettableClock], ids=["system", "settable"])
def clock(request: pytest.FixtureRequest) -> Clock:
    """Each clock in its turn: one of your own is one more parameter."""
    chosen: Clock = request.param()
    return chosen


def test_now_is_in_utc(clock: Clock) -> None:
    assert clock.now().tzinfo is UTC


def test_the_system_clock_is_the_machine_s() -> None:
    before = datetime.now(UTC)
    assert before <= SystemClock().now() <= datetime.now(UTC)


def test_the_settable_clock_stands_until_it_is_told() -> None:
    clock = SettableClock()
    before = clock.now()
    assert clock.now() == before
    clock.advance(1.5)
    assert clock.now() - before == timedelta(seconds=1.5)
