"""Every slot ledger that is held to the suite: an adapter of your own is one more fixture, named in ``ledger``."""

from collections.abc import Iterator

import pytest
from attrs import evolve

from orchestrator_adapters.memory.clock import SystemClock
from orchestrator_adapters.memory.slot_ledger import InMemorySlotLedger
from orchestrator_adapters.redis.settings import RedisSettings
from orchestrator_adapters.redis.slot_ledger import RedisSlotLedger
from orchestrator_domain.ports.slot_ledger import SlotLedger

ROOMY_SECONDS = 5.0


@pytest.fixture
def memory_ledger() -> SlotLedger:
    return InMemorySlotLedger(SystemClock())


@pytest.fixture
def redis_ledger(redis_settings: RedisSettings) -> Iterator[SlotLedger]:
    yield from _over_redis(redis_settings)


@pytest.fixture
def cluster_ledger(cluster_settings: RedisSettings) -> Iterator[SlotLedger]:
    yield from _over_redis(cluster_settings)


@pytest.fixture(params=["memory_ledger", "redis_ledger", "cluster_ledger"])
def ledger(request: pytest.FixtureRequest) -> SlotLedger:
    """Each slot ledger in its turn; its server is started only then."""
    chosen: SlotLedger = request.getfixturevalue(request.param)
    return chosen


def _over_redis(settings: RedisSettings) -> Iterator[SlotLedger]:
    made = RedisSlotLedger(evolve(settings, timeout_seconds=ROOMY_SECONDS))
    yield made
    made.close()
