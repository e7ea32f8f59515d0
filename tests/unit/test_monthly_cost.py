"""The computed cost counts what the template has."""

from campaign_orchestrator.local.service_template import read_template
from monthly_cost import (
    ALARM_METRICS,
    BUSY,
    DISPATCHER_GIGABYTES,
    IDLE,
    ORCHESTRATOR_GIGABYTES,
    PRICES,
    SECONDS_OF_A_LOOK,
    TASK_GIGABYTES,
    monthly_cost,
)

RESOURCES = read_template()["Resources"]


def test_it_counts_the_template_s_alarms_and_memory() -> None:
    alarms = [one["Properties"] for one in RESOURCES.values() if one["Type"] == "AWS::CloudWatch::Alarm"]
    metrics = sum(sum("MetricStat" in one for one in alarm.get("Metrics", [])) or 1 for alarm in alarms)
    assert metrics == ALARM_METRICS
    for name, gigabytes in {
        "OrchestratorFunction": ORCHESTRATOR_GIGABYTES,
        "SmsDispatcherFunction": DISPATCHER_GIGABYTES,
        "DispatchFunction": TASK_GIGABYTES,
        "MonitorFunction": TASK_GIGABYTES,
    }.items():
        assert RESOURCES[name]["Properties"]["MemorySize"] == gigabytes * 1024


def test_it_counts_the_looks_of_the_template_s_default() -> None:
    assert read_template()["Parameters"]["SecondsOfALook"]["Default"] == SECONDS_OF_A_LOOK


def test_every_price_and_every_use_counts() -> None:
    before = sum(monthly_cost({**BUSY, "endpoints_times_zones": 1}, PRICES).values())
    use = {**BUSY, "endpoints_times_zones": 1}
    for name in PRICES:
        assert sum(monthly_cost(use, {**PRICES, name: 2 * PRICES[name]}).values()) > before
    for name in IDLE:
        changed = {**use, name: 1.5 * use[name]}
        assert sum(monthly_cost(changed, PRICES).values()) != before
