"""What is measured of each action, and that nothing is asked of a store for it."""

import json
from datetime import timedelta
from typing import Any

import pytest

from asking.orchestra import Orchestra
from campaign_orchestrator.decision_log import JsonDecisionLog
from orchestrator_adapters.memory.metrics import InMemoryMetrics
from orchestrator_domain.measurements import Measurement, Metric
from orchestrator_domain.pools import Holder


def values(orchestra: Orchestra, metric: Metric) -> list[Measurement]:
    return orchestra.metrics.of(metric)


def test_a_start_counts_and_shows_the_pool() -> None:
    orchestra = Orchestra()
    orchestra.put("v", "voice")
    orchestra.put("s", "sms")
    for campaign in ("v", "s"):
        assert orchestra.ask("start", campaign)["success"]
    starts = [one.dimensions for one in values(orchestra, Metric.CAMPAIGN_STARTS)]
    assert starts == [(("Pool", "voice"), ("Action", "start")), (("Pool", "sms"), ("Action", "start"))]
    assert [one.value for one in values(orchestra, Metric.ACTIVE_VOICE_CAMPAIGNS)] == [1]
    assert [one.value for one in values(orchestra, Metric.ACTIVE_SMS_CAMPAIGNS)] == [1]
    latencies = values(orchestra, Metric.DISPATCH_LATENCY)
    assert [one.pool for one in latencies] == ["voice", "sms"]
    assert all(one.value >= 0.0 for one in latencies)


def test_how_long_a_dispatch_took_is_what_the_stopwatch_says(monkeypatch: pytest.MonkeyPatch) -> None:
    orchestra = Orchestra()
    monkeypatch.setattr(InMemoryMetrics, "stopwatch", lambda _: lambda: 12.5)
    orchestra.ask("start", orchestra.put("v"))
    assert [one.value for one in values(orchestra, Metric.DISPATCH_LATENCY)] == [12.5]


def test_a_start_that_meets_a_full_pool_is_a_failure_of_that_pool() -> None:
    orchestra = Orchestra({"MAX_CONCURRENT_VOICE_CAMPAIGNS": "1"})
    for campaign in ("a", "b"):
        orchestra.put(campaign)
        orchestra.ask("start", campaign)
    assert [one.dimensions for one in values(orchestra, Metric.CAMPAIGN_START_FAILURES)] == [(("Pool", "voice"),)]
    (refused,) = values(orchestra, Metric.REFUSALS)
    assert refused.dimensions == (("Action", "start"), ("Code", "resource_limit_reached"))
    assert values(orchestra, Metric.RESOURCE_UTILIZATION)[-1].value == 100.0


@pytest.mark.parametrize("action", ["pause", "resume", "stop", "retry"])
def test_every_refusal_counts_with_its_code(action: str) -> None:
    orchestra = Orchestra()
    orchestra.ask(action, "nobody")
    (refused,) = values(orchestra, Metric.REFUSALS)
    assert refused.dimensions == (("Action", action), ("Code", "campaign_not_found"))


def test_a_reconciliation_shows_both_pools_and_counts_what_it_repairs() -> None:
    orchestra = Orchestra()
    orchestra.put("v")
    orchestra.ask("start", "v")
    orchestra.store.put_campaign("v", campaign_type="voice", status="cancelled")
    orchestra.metrics.measurements.clear()
    orchestra.ask("reconcile", dryRun=True)
    assert values(orchestra, Metric.REPAIRS) == []
    orchestra.ask("reconcile")
    assert {one.repair for one in values(orchestra, Metric.REPAIRS)} == {"fenced", "stopped"}
    assert {one.pool for one in values(orchestra, Metric.RESOURCE_UTILIZATION)} == {"voice", "sms"}
    assert values(orchestra, Metric.ACTIVE_VOICE_CAMPAIGNS)[-1].value == 0


def test_a_ledger_that_differed_counts_as_rebuilt() -> None:
    orchestra = Orchestra()
    since = orchestra.clock.now() - timedelta(minutes=1)
    ghost = Holder(campaign_id="ghost", campaign_type="voice", run_number=1, since=since, execution_reference=None)
    orchestra.ledger.record("voice", ghost)
    orchestra.ask("reconcile")
    assert [one.pool for one in values(orchestra, Metric.LEDGER_REBUILDS)] == ["voice"]


def logged(orchestra: Orchestra) -> list[dict[str, Any]]:
    lines: list[str] = []
    orchestra.container.decision_log.override(JsonDecisionLog(write=lines.append))
    orchestra.put("v", config={"phone": "+15550001111", "text": "secret words"})
    orchestra.ask("start", "v", idempotencyKey="k")
    orchestra.ask("start", "v")
    orchestra.ask("start", 'bad"\n{"level": "INFO", "forged": true}\u2028')
    assert all("\n" not in line and line.isascii() for line in lines)
    return [json.loads(line) for line in lines]


def test_each_decision_is_one_line_that_cannot_be_forged_and_holds_no_config() -> None:
    lines = logged(Orchestra())
    assert [(line["level"], line["outcome"], line["action"]) for line in lines] == [
        ("INFO", "done", "start"),
        ("WARNING", "invalid_state", "start"),
        ("WARNING", "invalid_request", "start"),
    ]
    assert lines[0] | {"durationMilliseconds": 0.0} == {
        "level": "INFO",
        "message": "decision",
        "requestId": lines[0]["requestId"],
        "source": "direct",
        "campaignId": "v",
        "campaignType": "voice",
        "action": "start",
        "runNumber": 1,
        "runState": "running",
        "pool": "voice",
        "outcome": "done",
        "durationMilliseconds": 0.0,
    }
    told = json.dumps(lines)
    assert "+1555" not in told
    assert "secret words" not in told
    assert "forged" not in {key for line in lines for key in line}


def test_levels_below_the_least_are_not_written() -> None:
    lines: list[str] = []
    log = JsonDecisionLog(least="WARNING", write=lines.append)
    log.note({"success": True}, request_id="r", source="direct", milliseconds=1.0)
    log.note({"success": False, "errorCode": "x"}, request_id="r", source="direct", milliseconds=1.0)
    assert [json.loads(line)["outcome"] for line in lines] == ["x"]


def test_a_log_that_cannot_be_written_to_costs_nothing() -> None:
    def fail(_: str) -> None:
        raise OSError("disk full")

    JsonDecisionLog(write=fail).note({"success": True}, request_id="r", source="direct", milliseconds=1.0)
