"""Measurements that are kept in memory."""

import time
from collections.abc import Callable

from attrs import define, field

from orchestrator_domain.measurements import Measurement, Metric
from orchestrator_domain.ports.metrics import Metrics


@define
class InMemoryMetrics(Metrics):
    """Keeps every measurement, for tests and for looking at them."""

    measurements: list[Measurement] = field(factory=list)

    def record(self, measurement: Measurement) -> None:
        self.measurements.append(measurement)

    def stopwatch(self) -> Callable[[], float]:
        began = time.perf_counter()
        return lambda: (time.perf_counter() - began) * 1000

    def of(self, metric: Metric) -> list[Measurement]:
        """What was recorded of a metric, in its order."""
        return [one for one in self.measurements if one.metric is metric]
