"""Whether the sets in Redis name the campaigns that hold a slot, and no others."""

from collections.abc import Set
from typing import ClassVar, Final

from attrs import frozen

from campaign_orchestrator.doctor.check import Check
from campaign_orchestrator.doctor.checks.redis_reachable import RedisReachable
from campaign_orchestrator.doctor.checks.schema_version import SchemaVersion
from campaign_orchestrator.doctor.finding import Finding, ok, warning
from orchestrator_domain.pools import Pools
from orchestrator_domain.ports.campaign_repository import CampaignRepository
from orchestrator_domain.ports.slot_ledger import SlotLedger

MOST_HOLDERS: Final = 10_000
MOST_NAMED: Final = 3
RECONCILE: Final = "Run: campaign-orchestrator reconcile. If it comes back, somebody else writes these keys."


@frozen(kw_only=True)
class LedgerAgrees(Check):
    """Compares the sets with PostgreSQL's live runs. Both move while they are looked at, so it looks twice."""

    name: ClassVar[str] = "redis-keys"
    needs: ClassVar[tuple[str, ...]] = (SchemaVersion.name, RedisReachable.name)
    repository: CampaignRepository
    ledger: SlotLedger
    pools: Pools

    def look(self) -> Finding:
        differs = self._differences() and self._differences()
        if differs:
            return warning(f"Redis and PostgreSQL differ: {'; '.join(differs)}", to_do=RECONCILE)
        return ok("the sets in Redis name exactly the campaigns that hold a slot")

    def _differences(self) -> list[str]:
        usages = self.repository.pool_usage(self.pools, holders_wanted=MOST_HOLDERS)
        shown = self.ledger.usage([usage.name for usage in usages])
        differs = []
        for usage in usages:
            held = {holder.campaign_id for holder in usage.holders}
            strangers, absent = shown[usage.name] - held, held - shown[usage.name]
            if strangers and len(held) == usage.active:
                differs.append(f"{usage.name} shows {some_of(strangers)} without a live run")
            if absent:
                differs.append(f"{usage.name} does not show {some_of(absent)}")
        return differs


def some_of(ids: Set[str]) -> str:
    """The first few of them, whatever is in their names."""
    named = ", ".join(ascii(one)[1:-1][:40] for one in sorted(ids)[:MOST_NAMED])
    return named if len(ids) <= MOST_NAMED else f"{named} and {len(ids) - MOST_NAMED} more"
