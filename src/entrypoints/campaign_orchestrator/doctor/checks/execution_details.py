"""Whether Redis shows execution details of campaigns that hold no slot."""

from typing import ClassVar, Final

from attrs import frozen

from campaign_orchestrator.doctor.check import Check
from campaign_orchestrator.doctor.checks.ledger_agrees import MOST_HOLDERS, some_of
from campaign_orchestrator.doctor.checks.redis_reachable import RedisReachable
from campaign_orchestrator.doctor.checks.schema_version import SchemaVersion
from campaign_orchestrator.doctor.finding import Finding, ok, warning
from orchestrator_adapters.redis.server_facts import RedisFacts
from orchestrator_domain.pools import Pools
from orchestrator_domain.ports.campaign_repository import CampaignRepository

MOST_KEYS: Final = 10_000
TO_DO: Final = (
    "Run: campaign-orchestrator reconcile. What is left after it nobody removes: delete those keys (redis-cli DEL "
    "campaign:execution:...). If they come back, somebody else writes them."
)
"""A reconciliation removes those of ends that it knows of: of the last hour, and of what the sets show wrongly."""


@frozen(kw_only=True)
class ExecutionDetails(Check):
    """Looks at up to 10,000 keys campaign:execution:*."""

    name: ClassVar[str] = "redis-execution-keys"
    needs: ClassVar[tuple[str, ...]] = (SchemaVersion.name, RedisReachable.name)
    repository: CampaignRepository
    redis: RedisFacts
    pools: Pools

    def look(self) -> Finding:
        # The keys first: whatever has a key then, and no live run afterwards, may have ended in between.
        recorded = set(self.redis.recorded_campaigns(MOST_KEYS))
        late = recorded - self._holders()
        late &= set(self.redis.recorded_campaigns(MOST_KEYS)) if late else set()
        if late:
            what = f"{len(late)} of {len(recorded)} keys campaign:execution:* are of campaigns that hold no slot"
            return warning(f"{what}: {some_of(late)}", to_do=TO_DO)
        return ok(f"{len(recorded)} keys campaign:execution:*, each of a campaign that holds a slot")

    def _holders(self) -> set[str]:
        usages = self.repository.pool_usage(self.pools, holders_wanted=MOST_HOLDERS)
        return {holder.campaign_id for usage in usages for holder in usage.holders}
