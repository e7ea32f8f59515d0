"""Shows the truth in the slot ledger, after each commit."""

from attrs import field, frozen

from orchestrator_domain.answers import ProjectionState
from orchestrator_domain.errors import LedgerUnavailable, StoreUnavailable
from orchestrator_domain.measurements import Measurement, Metric
from orchestrator_domain.pools import Holder, Pools, PoolUsage, ResourcePool
from orchestrator_domain.ports.campaign_repository import CampaignRepository
from orchestrator_domain.ports.metrics import Metrics, NoMetrics
from orchestrator_domain.ports.slot_ledger import SlotLedger
from orchestrator_domain.run import Run
from orchestrator_domain.use_cases.gauges import Gauges

MOST_HOLDERS_REBUILT = 100_000


@frozen(kw_only=True, eq=False, repr=False)
class Projection:
    """Writes the slot ledger, and rebuilds it where it differs. Never fails an action.

    A rebuild is tried when the ledger, after a write, shows another number of holders than the repository
    has counted. During a burst of starts that can be a neighbour who has not written yet: the rebuild is
    then harmless, because the ledger keeps what is newer than the repository's picture.
    """

    repository: CampaignRepository
    ledger: SlotLedger
    pools: Pools = field(factory=Pools.of)
    metrics: Metrics = field(factory=NoMetrics)

    def show(self, run: Run, *, pool_active: int | None) -> ProjectionState:
        """Show that ``run`` holds a slot. ``pool_active``: how many hold one, where that was counted."""
        return self.compare(run.pool, self.record(run, run.execution_reference), pool_active)

    def record(self, run: Run, execution_reference: str | None) -> int | None:
        """Show that ``run`` holds a slot, and say how many are shown to hold one; None when the ledger is away."""
        holder = Holder(
            campaign_id=run.campaign_id,
            campaign_type=run.campaign_type,
            run_number=run.number,
            since=run.created_at,
            execution_reference=execution_reference,
        )
        try:
            return self.ledger.record(run.pool, holder)
        except LedgerUnavailable:
            return None

    def withdraw(self, run: Run, *, pool_active: int | None) -> ProjectionState:
        """Show that ``run`` holds no slot any more."""
        try:
            shown = self.ledger.release(run.pool, run.campaign_id, run.number)
        except LedgerUnavailable:
            return ProjectionState.STALE
        return self.compare(run.pool, shown, pool_active)

    def compare(self, pool: str, shown: int | None, pool_active: int | None) -> ProjectionState:
        """What a write of the ledger came to, and a rebuild where it shows another number than was counted."""
        if shown is None:
            return ProjectionState.STALE
        if pool_active is not None:
            Gauges(self.metrics).active(pool, pool_active)
        same = pool_active is None or shown == pool_active
        return ProjectionState.CURRENT if same else self.rebuild(pool)

    def look_at(self, pool: str) -> ProjectionState:
        """Whether the ledger shows the same holders as the repository; changes nothing."""
        try:
            holders = {holder.campaign_id for holder in self._usage(pool).holders}
            shown = self.ledger.usage([pool])[pool]
        except (LedgerUnavailable, StoreUnavailable):
            return ProjectionState.STALE
        return ProjectionState.CURRENT if shown == holders else ProjectionState.STALE

    def rebuild(self, pool: str) -> ProjectionState:
        """Make the ledger of ``pool`` equal to the live runs; REBUILT if it differed."""
        try:
            usage = self._usage(pool)
            drift = self.ledger.rebuild(pool, usage.holders, as_of=usage.observed_at)
        except (LedgerUnavailable, StoreUnavailable):
            return ProjectionState.STALE
        Gauges(self.metrics).usage(pool, active=usage.active, limit=usage.limit)
        if not drift.found:
            return ProjectionState.CURRENT
        self.metrics.record(Measurement(metric=Metric.LEDGER_REBUILDS, pool=pool))
        return ProjectionState.REBUILT

    def _usage(self, pool: str) -> PoolUsage:
        pools = Pools.of(self.pools.by_name.get(pool) or ResourcePool(name=pool, default_limit=0))
        (usage,) = self.repository.pool_usage(pools, holders_wanted=MOST_HOLDERS_REBUILT)
        return usage
