"""Whether each pool's count of live runs is their number."""

from typing import ClassVar, Final

from attrs import frozen

from campaign_orchestrator.doctor.check import Check
from campaign_orchestrator.doctor.checks.schema_version import SchemaVersion
from campaign_orchestrator.doctor.finding import Finding, ok, problem
from orchestrator_domain.pools import Pools
from orchestrator_domain.ports.campaign_repository import CampaignRepository

MOST_HOLDERS: Final = 10_000
COUNT_AGAIN: Final = (
    "Something has passed the database's triggers over. Count again as"
    " docs/decisions/0011-live-runs-are-counted-by-a-trigger.md says: until then too many are admitted, or too few."
)


@frozen
class LiveRunsCounted(Check):
    """Count and runs are read by one statement. A pool of more than 10,000 live runs is not gone through."""

    name: ClassVar[str] = "live-runs-counted"
    needs: ClassVar[tuple[str, ...]] = (SchemaVersion.name,)
    repository: CampaignRepository
    pools: Pools

    def look(self) -> Finding:
        usages = self.repository.pool_usage(self.pools, holders_wanted=MOST_HOLDERS)
        differs = [
            f"{usage.name}: {usage.active} counted, {len(usage.holders)} live"
            for usage in usages
            if len(usage.holders) not in (usage.active, MOST_HOLDERS)
        ]
        if differs:
            return problem("; ".join(differs), to_do=COUNT_AGAIN)
        return ok("each pool's count of live runs is their number")
