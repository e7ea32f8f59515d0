"""Metrics, promise by promise, over every adapter; what each of them shows is read where its readers read it."""

import json
from abc import abstractmethod
from typing import Any, Protocol

import pytest
from prometheus_client import CollectorRegistry

from orchestrator_adapters.aws.embedded_metrics import MOST_VALUES, EmbeddedMetrics
from orchestrator_adapters.memory.metrics import InMemoryMetrics
from orchestrator_adapters.prometheus.metrics import PrometheusMetrics
from orchestrator_domain.measurements import Measurement, Metric, Unit
from orchestrator_domain.ports.metrics import Metrics, NoMetrics

FULL = Measurement(metric=Metric.CAMPAIGN_START_FAILURES, pool="voice")
SOME = {
    Metric.ACTIVE_CAMPAIGNS: {"pool": "fax"},
    Metric.RESOURCE_UTILIZATION: {"pool": "voice"},
    Metric.CAMPAIGN_START_FAILURES: {"pool": "voice"},
    Metric.CAMPAIGN_STARTS: {"pool": "sms", "action": "start"},
    Metric.REFUSALS: {"action": "start", "code": "invalid_state"},
    Metric.DISPATCH_LATENCY: {"pool": "voice"},
    Metric.LEDGER_REBUILDS: {"pool": "sms"},
    Metric.REPAIRS: {"pool": "sms", "repair": "ended"},
}


def dimensions(metric: Metric) -> dict[str, Any]:
    return dict(SOME.get(metric, {}))


class Shown(Protocol):
    """An adapter, and what its readers see."""

    metrics: Metrics

    @abstractmethod
    def values(self, measurement: Measurement) -> list[float]:
        """What is shown of the measurement's metric and dimensions: the level, or every value."""


class ShownInMemory(Shown):
    def __init__(self) -> None:
        self.metrics: InMemoryMetrics = InMemoryMetrics()

    def values(self, measurement: Measurement) -> list[float]:
        found = [
            one.value for one in self.metrics.of(measurement.metric) if one.dimensions == measurement.dimensions
        ]
        return found[-1:] if measurement.metric.is_level else found


class ShownInTheLog(Shown):
    def __init__(self) -> None:
        self.lines: list[dict[str, Any]] = []
        self.metrics: EmbeddedMetrics = EmbeddedMetrics(write=lambda line: self.lines.append(json.loads(line)))

    def values(self, measurement: Measurement) -> list[float]:
        self.metrics.flush()
        found: list[float] = []
        for line in self.lines:
            (directive,) = line["_aws"]["CloudWatchMetrics"]
            (names,) = directive["Dimensions"]
            if {name: line[name] for name in names} == dict(measurement.dimensions):
                shown = line.get(measurement.metric.value, [])
                found += shown if isinstance(shown, list) else [shown]
        return found


class ShownToPrometheus(Shown):
    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.metrics: PrometheusMetrics = PrometheusMetrics(self.registry)

    def values(self, measurement: Measurement) -> list[float]:
        labels = {name.lower(): value for name, value in measurement.dimensions}
        for family in self.registry.collect():
            if family.documentation.endswith(f": {measurement.metric.value}"):
                if measurement.metric.unit is Unit.MILLISECONDS:
                    total = self.registry.get_sample_value(f"{family.name}_sum", labels)
                    return [] if total is None else [total * 1000]
                for name in (family.name, f"{family.name}_total"):
                    value = self.registry.get_sample_value(name, labels)
                    if value is not None:
                        return [value]
        return []


@pytest.fixture(params=[ShownInMemory, ShownInTheLog, ShownToPrometheus])
def shown(request: pytest.FixtureRequest) -> Shown:
    made: Shown = request.param()
    return made


@pytest.mark.parametrize("metric", list(Metric), ids=str)
def test_every_metric_is_shown_with_its_dimensions(shown: Shown, metric: Metric) -> None:
    measurement = Measurement(metric=metric, value=7.0, **dimensions(metric))
    shown.metrics.record(measurement)
    assert shown.values(measurement) == [pytest.approx(7.0)]


@pytest.mark.parametrize("metric", [metric for metric in Metric if metric.is_level], ids=str)
def test_a_level_is_what_it_was_last(shown: Shown, metric: Metric) -> None:
    for value in (3.0, 5.0, 4.0):
        shown.metrics.record(Measurement(metric=metric, value=value, **dimensions(metric)))
    assert shown.values(Measurement(metric=metric, **dimensions(metric))) == [4.0]


def test_what_is_counted_adds_up(shown: Shown) -> None:
    for _ in range(3):
        shown.metrics.record(FULL)
    assert sum(shown.values(FULL)) == 3.0


def test_dimensions_are_kept_apart(shown: Shown) -> None:
    shown.metrics.record(FULL)
    assert sum(shown.values(Measurement(metric=Metric.CAMPAIGN_START_FAILURES, pool="sms"))) == 0.0


def test_a_stopwatch_goes_on(shown: Shown) -> None:
    elapsed = shown.metrics.stopwatch()
    first = elapsed()
    assert 0.0 <= first <= elapsed()


def test_nobody_s_metrics_take_everything_and_stand_still() -> None:
    metrics = NoMetrics()
    metrics.record(FULL)
    assert metrics.stopwatch()() == 0.0


def test_no_measurement_names_a_campaign() -> None:
    assert {name for name in Measurement.__annotations__} == {"metric", "value", "pool", "action", "code", "repair"}


def test_lines_of_the_log_are_what_cloudwatch_reads() -> None:
    lines: list[str] = []
    metrics = EmbeddedMetrics(namespace="Ours", write=lines.append, milliseconds=lambda: 1_700_000_000_000)
    metrics.record(Measurement(metric=Metric.DISPATCH_LATENCY, value=12.5, pool="voice"))
    metrics.record(Measurement(metric=Metric.ACTIVE_VOICE_CAMPAIGNS, value=3))
    metrics.flush()
    metrics.flush()
    assert [json.loads(line) for line in lines] == [
        {
            "_aws": {
                "Timestamp": 1_700_000_000_000,
                "CloudWatchMetrics": [
                    {
                        "Namespace": "Ours",
                        "Dimensions": [["Pool"]],
                        "Metrics": [{"Name": "DispatchLatency", "Unit": "Milliseconds"}],
                    }
                ],
            },
            "Pool": "voice",
            "DispatchLatency": 12.5,
        },
        {
            "_aws": {
                "Timestamp": 1_700_000_000_000,
                "CloudWatchMetrics": [
                    {
                        "Namespace": "Ours",
                        "Dimensions": [[]],
                        "Metrics": [{"Name": "ActiveVoiceCampaigns", "Unit": "Count"}],
                    }
                ],
            },
            "ActiveVoiceCampaigns": 3,
        },
    ]


def test_a_line_holds_as_many_values_as_cloudwatch_takes() -> None:
    lines: list[str] = []
    metrics = EmbeddedMetrics(write=lines.append)
    for _ in range(MOST_VALUES + 1):
        metrics.record(FULL)
    metrics.flush()
    assert len(json.loads(lines[0])["CampaignStartFailures"]) == MOST_VALUES


@pytest.mark.parametrize("error", [OSError("disk full"), ValueError("I/O operation on closed file")])
def test_a_log_that_cannot_be_written_to_costs_nothing_but_the_measurements(error: Exception) -> None:
    def fail(_: str) -> None:
        raise error

    metrics = EmbeddedMetrics(write=fail)
    metrics.record(FULL)
    metrics.flush()
