"""Admission, utilisation, and when a refused caller should come back."""

from datetime import UTC, datetime, timedelta

import pytest

from orchestrator_domain.pools import Holder, PoolUsage
from orchestrator_domain.retry_after import (
    LONGEST_RETRY_AFTER_SECONDS,
    RETRY_AFTER_WITHOUT_EXPERIENCE_SECONDS,
    SHORTEST_RETRY_AFTER_SECONDS,
    retry_after_seconds,
)

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def usage(*, active: int = 1, limit: int = 1, held_seconds: float = 0, recent: tuple[float, ...] = ()) -> PoolUsage:
    since = NOW - timedelta(seconds=held_seconds)
    holder = Holder(campaign_id="c", campaign_type="sms", run_number=1, since=since)
    return PoolUsage(
        name="sms", active=active, limit=limit, observed_at=NOW, holders=(holder,), recent_run_seconds=recent
    )


@pytest.mark.parametrize(
    ("active", "limit", "admits", "available", "percent"),
    [
        (0, 10, True, 10, 0.0),
        (9, 10, True, 1, 90.0),
        (10, 10, False, 0, 100.0),
        (12, 10, False, 0, 120.0),
        (0, 0, False, 0, 100.0),
        (1, 3, True, 2, 33.3),
    ],
)
def test_a_pool_admits_below_its_limit(
    active: int, limit: int, admits: bool, available: int, percent: float
) -> None:
    seen = usage(active=active, limit=limit)
    assert (seen.admits, seen.available, seen.utilization_percent) == (admits, available, percent)


def test_a_halted_pool_admits_nobody() -> None:
    assert not PoolUsage(name="sms", active=0, limit=9, observed_at=NOW, halted_reason="why").admits


def spread(expected: float, told: int) -> bool:
    return expected <= told <= round(expected * 1.25)


def test_the_oldest_holder_is_expected_to_end_after_the_median_of_recent_runs() -> None:
    assert spread(100 - 40, retry_after_seconds(usage(held_seconds=40, recent=(10, 100, 900)), seed="x"))


def test_without_experience_a_fixed_time_is_told() -> None:
    assert spread(RETRY_AFTER_WITHOUT_EXPERIENCE_SECONDS, retry_after_seconds(usage(), seed="x"))


def test_the_time_is_bounded() -> None:
    overdue = usage(held_seconds=10_000, recent=(100,))
    endless = usage(recent=(1_000_000,))
    assert spread(SHORTEST_RETRY_AFTER_SECONDS, retry_after_seconds(overdue, seed="x"))
    assert spread(LONGEST_RETRY_AFTER_SECONDS, retry_after_seconds(endless, seed="x"))


def test_callers_who_were_refused_together_do_not_come_back_together() -> None:
    told = {retry_after_seconds(usage(recent=(400,)), seed=str(number)) for number in range(50)}
    assert len(told) > 20
    assert retry_after_seconds(usage(), seed="x") == retry_after_seconds(usage(), seed="x")
