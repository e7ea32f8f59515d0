"""Whether Redis would throw the ledger away when its memory is full."""

from typing import ClassVar, Final

from attrs import frozen

from campaign_orchestrator.doctor.check import Check
from campaign_orchestrator.doctor.checks.redis_reachable import RedisReachable
from campaign_orchestrator.doctor.finding import Finding, ok, problem, warning
from orchestrator_adapters.redis.server_facts import MemoryFacts, RedisFacts

EVICTS_EVERYTHING: Final = "allkeys-"
NEARLY_FULL: Final = 0.9
SET_A_POLICY: Final = "Set maxmemory-policy to volatile-lru or noeviction, or give the ledger a server of its own."


@frozen
class MemoryPolicy(Check):
    """The sets of active campaigns have no expiry: only the policies "allkeys-..." evict them
    (https://redis.io/docs/latest/develop/reference/eviction/)."""

    name: ClassVar[str] = "redis-memory-policy"
    needs: ClassVar[tuple[str, ...]] = (RedisReachable.name,)
    redis: RedisFacts

    def look(self) -> Finding:
        nodes = self.redis.memory()
        evicting = [node for node in nodes if node.policy.startswith(EVICTS_EVERYTHING)]
        if any(node.most_bytes for node in evicting):
            what = f"maxmemory-policy is {evicting[0].policy}: a full Redis forgets who holds a slot"
            return problem(what, to_do=SET_A_POLICY)
        if evicting:
            what = f"maxmemory-policy is {evicting[0].policy}; nothing is evicted only while maxmemory is 0"
            return warning(what, to_do=SET_A_POLICY)
        full = [node for node in nodes if node.most_bytes and node.used_bytes > node.most_bytes * NEARLY_FULL]
        if full:
            what = f"{_percent(full[0])} of Redis' memory are in use; when it is full its figures are stale"
            return warning(what, to_do="Give it more memory, or find out what fills it.")
        return ok(f"maxmemory-policy is {nodes[0].policy}: the ledger is not evicted")


def _percent(node: MemoryFacts) -> str:
    return f"{100 * node.used_bytes / node.most_bytes:.0f} %"
