"""When a caller whom a full pool has refused should come back."""

import hashlib
from statistics import median
from typing import Final

from orchestrator_domain.pools import PoolUsage

SHORTEST_RETRY_AFTER_SECONDS: Final = 5
LONGEST_RETRY_AFTER_SECONDS: Final = 900
RETRY_AFTER_WITHOUT_EXPERIENCE_SECONDS: Final = 60
"""Told while a pool has no ended run to learn from: about a short campaign."""


def retry_after_seconds(usage: PoolUsage, *, seed: str) -> int:
    """When a slot of a full pool is likely to be free, in whole seconds.

    The oldest holder is expected to end after the median of the pool's recent runs; what it has run already
    is subtracted. The result is bounded, and spread by up to a quarter with ``seed`` (any text that differs
    between callers), so that callers who were refused together do not come back together.
    """
    if usage.recent_run_seconds:
        expected = median(usage.recent_run_seconds)
        if usage.holders:
            oldest = min(holder.since for holder in usage.holders)
            expected -= (usage.observed_at - oldest).total_seconds()
    else:
        expected = RETRY_AFTER_WITHOUT_EXPERIENCE_SECONDS
    bounded = min(max(expected, SHORTEST_RETRY_AFTER_SECONDS), LONGEST_RETRY_AFTER_SECONDS)
    return round(bounded * (1 + _fraction(seed) / 4))


def _fraction(seed: str) -> float:
    return int.from_bytes(hashlib.sha256(seed.encode()).digest()[:4], "big") / 2**32
