"""Measurements as lines of CloudWatch's embedded metric format: the log is the way out."""

import json
import sys
import time
from collections.abc import Callable
from functools import lru_cache
from typing import Final

from attrs import define, field

from orchestrator_domain.measurements import Measurement, Metric
from orchestrator_domain.ports.metrics import Metrics

NAMESPACE: Final = "CampaignOrchestrator"
MOST_VALUES: Final = 100
"""Of one metric in one line
(https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html)."""


def _to_the_log(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


@define(kw_only=True, eq=False, repr=False)
class EmbeddedMetrics(Metrics):
    """Keeps measurements until ``flush``, which writes one line for each set of dimensions.

    Attributes:
        milliseconds: the time of day, in milliseconds since 1970.
    """

    namespace: str = NAMESPACE
    write: Callable[[str], object] = _to_the_log
    milliseconds: Callable[[], int] = lambda: time.time_ns() // 1_000_000
    _kept: dict[tuple[tuple[str, str], ...], dict[Metric, list[float]]] = field(factory=dict, init=False)

    def record(self, measurement: Measurement) -> None:
        values = self._kept.setdefault(measurement.dimensions, {}).setdefault(measurement.metric, [])
        if measurement.metric.is_level:
            values.clear()
        if len(values) < MOST_VALUES:
            values.append(measurement.value)

    def stopwatch(self) -> Callable[[], float]:
        began = time.perf_counter()
        return lambda: (time.perf_counter() - began) * 1000

    def flush(self) -> None:
        """Write what was kept. A log that cannot be written to costs the measurements, and nothing else."""
        kept, self._kept = self._kept, {}
        for dimensions, metrics in kept.items():
            try:
                self.write(self._line(dimensions, metrics))
            except (OSError, ValueError):
                return

    def _line(self, dimensions: tuple[tuple[str, str], ...], metrics: dict[Metric, list[float]]) -> str:
        directive = _directive(self.namespace, tuple(name for name, _ in dimensions), tuple(metrics))
        values = {metric.value: shown[0] if len(shown) == 1 else shown for metric, shown in metrics.items()}
        fields = json.dumps({**dict(dimensions), **values})
        return f'{{"_aws": {{"Timestamp": {self.milliseconds()}, "CloudWatchMetrics": [{directive}]}}, {fields[1:]}'


@lru_cache(maxsize=100)
def _directive(namespace: str, dimensions: tuple[str, ...], metrics: tuple[Metric, ...]) -> str:
    """What a line says of its metrics. There are as many as there are kinds of lines, and each is encoded once."""
    return json.dumps(
        {
            "Namespace": namespace,
            "Dimensions": [dimensions],
            "Metrics": [{"Name": metric.value, "Unit": metric.unit.value} for metric in metrics],
        }
    )
