"""Whether the pools can admit a campaign."""

from typing import ClassVar

from attrs import frozen

from campaign_orchestrator.doctor.check import Check
from campaign_orchestrator.doctor.checks.schema_version import SchemaVersion
from campaign_orchestrator.doctor.finding import Finding, ok, warning
from orchestrator_domain.pools import Pools, PoolUsage
from orchestrator_domain.ports.campaign_repository import CampaignRepository


@frozen
class PoolLimits(Check):
    """A full or halted pool is no fault, and the first thing to know when a campaign does not start."""

    name: ClassVar[str] = "pool-limits"
    needs: ClassVar[tuple[str, ...]] = (SchemaVersion.name,)
    repository: CampaignRepository
    pools: Pools

    def look(self) -> Finding:
        usages = self.repository.pool_usage(self.pools, holders_wanted=0)
        reasons = [reason for usage in usages for reason in [_why_not(usage)] if reason]
        if reasons:
            to_do = "unhalt lifts a halt; limits POOL=NUMBER changes a limit; a slot is freed when a campaign ends."
            return warning("; ".join(reasons), to_do=to_do)
        return ok(", ".join(f"{usage.name}: {usage.active} of {usage.limit}" for usage in usages))


def _why_not(usage: PoolUsage) -> str | None:
    if usage.halted_reason is not None:
        return f"{usage.name} is halted: {ascii(usage.halted_reason)[1:-1][:80]}"
    if usage.limit == 0:
        return f"{usage.name} has the limit 0 and admits nobody"
    if usage.active >= usage.limit:
        return f"{usage.name} is full: {usage.active} of {usage.limit}"
    return None
