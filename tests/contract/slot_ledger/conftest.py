"""Every slot ledger that is held to the suite: an adapter of your own is one more fixture, named in ``ledger``."""

import json
from collections.abc import Callable, Iterator

import pytest
from attrs import evolve

from orchestrator_adapters.memory.clock import SystemClock
from orchestrator_adapters.memory.slot_ledger import InMemorySlotLedger
from orchestrator_adapters.redis.keys import details_key
from orchestrator_adapters.redis.settings import RedisSettings
from orchestrator_adapters.redis.slot_ledger import RedisSlotLedger
from orchestrator_domain.ports.slot_ledger import SlotLedger
from serving.servers import raw_client

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


@pytest.fixture
def reference_shown(request: pytest.FixtureRequest, ledger: SlotLedger) -> Callable[[str], str | None]:
    """The reference in the details of a campaign's execution, as others read them; KeyError without details."""
    if isinstance(ledger, InMemorySlotLedger):
        return lambda campaign: ledger.details[campaign].execution_reference
    kind = "cluster_settings" if "cluster_ledger" in request.node.callspec.params.values() else "redis_settings"
    settings: RedisSettings = request.getfixturevalue(kind)

    def read(campaign: str) -> str | None:
        client = raw_client(settings)
        try:
            text = client.get(details_key(campaign))
        finally:
            client.close()
        if text is None:
            raise KeyError(campaign)
        reference: str | None = json.loads(text)["executionArn"]
        return reference

    return read


def _over_redis(settings: RedisSettings) -> Iterator[SlotLedger]:
    made = RedisSlotLedger(evolve(settings, timeout_seconds=ROOMY_SECONDS))
    yield made
    made.close()
