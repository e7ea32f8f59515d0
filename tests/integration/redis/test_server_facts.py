"""What an operator is told of a Redis server, and of a cluster."""

import pytest

from orchestrator_adapters.redis.server_facts import RedisFacts
from orchestrator_adapters.redis.settings import RedisSettings
from orchestrator_domain.errors import LedgerUnavailable
from serving.servers import raw_client

CAMPAIGNS = {f"campaign_{number}" for number in range(12)}


@pytest.mark.parametrize(("kind", "nodes"), [("redis_settings", 1), ("cluster_settings", 3)])
def test_every_node_and_every_key_is_seen(request: pytest.FixtureRequest, kind: str, nodes: int) -> None:
    settings: RedisSettings = request.getfixturevalue(kind)
    client = raw_client(settings)
    for campaign in CAMPAIGNS:
        client.set(f"campaign:execution:{campaign}", "{}")
    client.close()
    facts = RedisFacts(settings)
    try:
        memory = facts.memory()
        assert [(node.policy, node.most_bytes) for node in memory] == [("noeviction", 0)] * nodes
        assert all(node.used_bytes > 0 for node in memory)
        assert set(facts.recorded_campaigns(100)) == CAMPAIGNS
        assert len(facts.recorded_campaigns(5)) == 5
    finally:
        facts.close()


def test_what_cannot_be_asked_has_a_cause(redis_settings: RedisSettings) -> None:
    facts = RedisFacts(RedisSettings(host=redis_settings.host, port=redis_settings.port, password="wrong"))
    with pytest.raises(LedgerUnavailable) as away:
        facts.memory()
    facts.close()
    assert away.value.cause == "authentication"
