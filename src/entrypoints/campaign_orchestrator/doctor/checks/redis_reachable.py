"""Whether Redis answers."""

import time
from collections.abc import Mapping
from types import MappingProxyType
from typing import ClassVar, Final

from attrs import frozen

from campaign_orchestrator.doctor.check import Check
from campaign_orchestrator.doctor.finding import Finding, ok, problem
from campaign_orchestrator.doctor.refused_connections import what_to_do
from orchestrator_adapters.redis.server_facts import RedisFacts
from orchestrator_domain.errors import LedgerUnavailable

OF_REDIS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "authentication": "Compare REDIS_USERNAME and REDIS_PASSWORD with the server.",
        "connection": "Look at REDIS_HOST, REDIS_PORT, REDIS_TLS, the security groups and the subnets.",
        "no_answer": "It accepts connections and does not answer; with TLS on its side, set REDIS_TLS=true.",
        "no_redis": "What answers at REDIS_HOST and REDIS_PORT is no Redis.",
        "no_permission": "Its user needs INFO, SCAN, EVALSHA, EVAL and the keys campaign:* and {campaign:*.",
        "cluster_down": "The cluster does not serve all slots, or the server is none: look at REDIS_CLUSTER.",
        "loading": "It is loading its data; ask again in a minute.",
    }
)


@frozen
class RedisReachable(Check):
    """No action needs Redis, and status shows PostgreSQL's figures without it."""

    name: ClassVar[str] = "redis-reachable"
    redis: RedisFacts

    def look(self) -> Finding:
        began = time.monotonic()
        try:
            nodes = self.redis.memory()
        except LedgerUnavailable as away:
            what = f"Redis cannot be asked: {away.cause}; campaigns run all the same, and its figures are stale"
            return problem(what, to_do=what_to_do(away.cause, OF_REDIS))
        milliseconds = (time.monotonic() - began) * 1000
        versions = ", ".join(sorted({node.version for node in nodes}))
        return ok(
            f"{len(nodes)} node(s) of version {versions} answered in {milliseconds:.0f} ms, connecting included"
        )
