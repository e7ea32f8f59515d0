"""A ledger on one Redis node and on a cluster, and a look at its keys from beside it."""

from collections.abc import Iterator
from typing import Any

import pytest
from attrs import evolve

from orchestrator_adapters.redis.settings import RedisSettings
from orchestrator_adapters.redis.slot_ledger import RedisSlotLedger
from serving.servers import raw_client

ROOMY_SECONDS = 5.0


@pytest.fixture(params=["redis_settings", "cluster_settings"])
def any_settings(request: pytest.FixtureRequest) -> RedisSettings:
    chosen: RedisSettings = request.getfixturevalue(request.param)
    return evolve(chosen, timeout_seconds=ROOMY_SECONDS)


@pytest.fixture
def raw(any_settings: RedisSettings) -> Iterator[Any]:
    client = raw_client(any_settings)
    yield client
    client.close()


@pytest.fixture
def ledger(any_settings: RedisSettings) -> Iterator[RedisSlotLedger]:
    made = RedisSlotLedger(any_settings)
    yield made
    made.close()


@pytest.fixture
def node(redis_settings: RedisSettings) -> RedisSettings:
    """The single node, with time enough for a busy machine."""
    return evolve(redis_settings, timeout_seconds=ROOMY_SECONDS)


@pytest.fixture
def raw_node(node: RedisSettings) -> Iterator[Any]:
    client = raw_client(node)
    yield client
    client.close()
