"""What an admission is told of the deployment: the same at each, so it is encoded once."""

from typing import Any

from attrs import define, field

from orchestrator_adapters.postgres.storable_json import storable_json
from orchestrator_domain.pools import Pools
from orchestrator_domain.routing import RoutingTable


@define(eq=False, repr=False)
class DeploymentJson:
    """The routes and limits of the latest request, as JSON. They never change, so the same objects say the same."""

    _latest: tuple[RoutingTable, Pools, str] | None = field(default=None, init=False)

    def of(self, routes: RoutingTable, pools: Pools) -> str:
        """An object of JSON with the fields "routes" and "limits"."""
        latest = self._latest
        if latest is not None and latest[0] is routes and latest[1] is pools:
            return latest[2]
        limits = {pool.name: pool.default_limit for pool in pools.by_name.values()}
        text = storable_json({"routes": _routes(routes), "limits": limits})
        self._latest = (routes, pools, text)
        return text


def _routes(routes: RoutingTable) -> dict[str, Any]:
    return {
        route.campaign_type: {
            "pool": route.pool,
            "envelope": dict(route.envelope),
            "merged_from_config": list(route.merged_from_config),
            "max_input_bytes": route.max_input_bytes,
            "claim_window_seconds": route.claim_window_seconds,
        }
        for route in routes.by_type.values()
    }
