"""The measurements of pools, starts and refusals."""

from attrs import frozen

from orchestrator_domain.errors import OrchestratorError, ResourceLimitReached
from orchestrator_domain.measurements import ACTIVE_IN_POOL, Measurement, Metric
from orchestrator_domain.ports.metrics import Metrics

WHOLE = 100.0


@frozen(eq=False, repr=False)
class Gauges:
    """Says in measurements what use cases know anyway; it asks no store."""

    metrics: Metrics

    def active(self, pool: str, active: int) -> None:
        """So many runs of the pool are live."""
        metric = ACTIVE_IN_POOL.get(pool)
        if metric is None:
            self.metrics.record(Measurement(metric=Metric.ACTIVE_CAMPAIGNS, value=active, pool=pool))
        else:
            self.metrics.record(Measurement(metric=metric, value=active))

    def usage(self, pool: str, *, active: int, limit: int) -> None:
        """How full a pool is. A pool whose limit is 0 is full when something lives in it."""
        self.active(pool, active)
        share = active / limit if limit else float(active > 0)
        self.metrics.record(Measurement(metric=Metric.RESOURCE_UTILIZATION, value=WHOLE * share, pool=pool))

    def refused(self, error: OrchestratorError, *, action: str) -> None:
        """An action was refused."""
        self.metrics.record(Measurement(metric=Metric.REFUSALS, action=action, code=error.code))
        if isinstance(error, ResourceLimitReached):
            self.usage(error.pool, active=error.active, limit=error.limit)
            self.metrics.record(Measurement(metric=Metric.CAMPAIGN_START_FAILURES, pool=error.pool))
