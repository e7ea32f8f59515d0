"""Measurements as metrics of the Prometheus client, for a service that embeds the domain and is scraped."""

import re
import time
from collections.abc import Callable
from typing import Final

from attrs import define, field
from prometheus_client import REGISTRY, CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client.metrics import MetricWrapperBase

from orchestrator_domain.measurements import Measurement, Metric, Unit
from orchestrator_domain.ports.metrics import Metrics

PREFIX: Final = "campaign_orchestrator_"
BUCKETS_SECONDS: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 60.0, 600.0, 3600.0)
MILLISECONDS_OF_A_SECOND: Final = 1000
LABELS: Final = {
    Metric.ACTIVE_CAMPAIGNS: ("pool",),
    Metric.RESOURCE_UTILIZATION: ("pool",),
    Metric.CAMPAIGN_START_FAILURES: ("pool",),
    Metric.CAMPAIGN_STARTS: ("pool", "action"),
    Metric.REFUSALS: ("action", "code"),
    Metric.DISPATCH_LATENCY: ("pool",),
    Metric.LEDGER_REBUILDS: ("pool",),
    Metric.REPAIRS: ("pool", "repair"),
}


@define
class PrometheusMetrics(Metrics):
    """Counters, gauges and histograms in ``registry``; times are shown in seconds, as Prometheus wants them.

    Make one for each registry: a name can be registered once.
    """

    registry: CollectorRegistry = REGISTRY
    _made: dict[Metric, MetricWrapperBase] = field(init=False)

    def __attrs_post_init__(self) -> None:
        self._made = {metric: self._make(metric) for metric in Metric}

    def record(self, measurement: Measurement) -> None:
        told = {name.lower(): text for name, text in measurement.dimensions}
        wanted = LABELS.get(measurement.metric, ())
        made, value = self._made[measurement.metric], measurement.value
        shown = made.labels(**{name: told.get(name, "") for name in wanted}) if wanted else made
        if isinstance(shown, Gauge):
            shown.set(value)
        elif isinstance(shown, Histogram):
            shown.observe(value / MILLISECONDS_OF_A_SECOND)
        elif isinstance(shown, Counter):
            shown.inc(value)

    def stopwatch(self) -> Callable[[], float]:
        began = time.perf_counter()
        return lambda: (time.perf_counter() - began) * MILLISECONDS_OF_A_SECOND

    def _make(self, metric: Metric) -> MetricWrapperBase:
        name, labels = PREFIX + _snake(metric.value), LABELS.get(metric, ())
        told = f"See docs/metrics.md: {metric.value}"
        if metric.is_level:
            return Gauge(name, told, labels, registry=self.registry)
        if metric.unit is Unit.MILLISECONDS:
            return Histogram(f"{name}_seconds", told, labels, registry=self.registry, buckets=BUCKETS_SECONDS)
        return Counter(name, told, labels, registry=self.registry)


def _snake(name: str) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()
