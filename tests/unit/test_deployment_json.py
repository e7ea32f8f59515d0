"""What an admission is told of the deployment is encoded once for the same routes and pools, and anew for other."""

import json

from attrs import evolve

from orchestrator_adapters.postgres.deployment_json import DeploymentJson
from orchestrator_domain.pools import Pools, ResourcePool
from orchestrator_domain.routing import Route, RoutingTable

VOICE = Route(campaign_type="voice", pool="voice", dispatcher="machine", max_input_bytes=10)
ROUTES, POOLS = RoutingTable.of(VOICE), Pools.of(ResourcePool(name="voice", default_limit=5))


def test_the_same_objects_are_encoded_once() -> None:
    deployment = DeploymentJson()
    assert deployment.of(ROUTES, POOLS) is deployment.of(ROUTES, POOLS)


def test_other_routes_and_other_pools_are_told() -> None:
    deployment = DeploymentJson()
    deployment.of(ROUTES, POOLS)
    more = Pools.of(ResourcePool(name="voice", default_limit=6))
    assert json.loads(deployment.of(ROUTES, more))["limits"] == {"voice": 6}
    wider = RoutingTable.of(evolve(VOICE, max_input_bytes=20))
    assert json.loads(deployment.of(wider, more))["routes"]["voice"]["max_input_bytes"] == 20
