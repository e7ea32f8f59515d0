"""Status and gauges: what is shown of each pool, and whether the slot ledger shows the same."""

from datetime import timedelta

import pytest

from asking.orchestra import Orchestra
from orchestrator_domain.errors import ResourceLimitReached
from orchestrator_domain.measurements import Measurement, Metric
from orchestrator_domain.pools import Holder, PoolUsage
from orchestrator_domain.use_cases.gauges import Gauges


@pytest.fixture
def orchestra() -> Orchestra:
    orchestra = Orchestra()
    for campaign in ("v1", "v2"):
        orchestra.ask("start", orchestra.put(campaign))
    return orchestra


def projections(orchestra: Orchestra) -> dict[str, str]:
    return {name: pool["projection"] for name, pool in orchestra.ask("status")["pools"].items()}


def test_the_ledger_is_current_only_when_it_shows_the_same_campaigns(orchestra: Orchestra) -> None:
    assert projections(orchestra) == {"voice": "current", "sms": "current"}
    orchestra.ledger.active["voice"].add("ghost")
    assert projections(orchestra) == {"voice": "stale", "sms": "current"}
    orchestra.ledger.active["voice"].discard("v1")  # as many as are live, and not the same
    assert projections(orchestra)["voice"] == "stale"
    orchestra.ledger.active["voice"] = {"v1", "v2"}
    assert projections(orchestra)["voice"] == "current"


def test_where_not_all_holders_are_shown_their_number_is_compared(
    orchestra: Orchestra, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("orchestrator_domain.use_cases.status.MOST_HOLDERS_SHOWN", 1)
    assert len(orchestra.ask("status")["pools"]["voice"]["activeCampaignIds"]) == 1
    assert projections(orchestra)["voice"] == "current"
    orchestra.ledger.active["voice"].add("ghost")
    assert projections(orchestra)["voice"] == "stale"


def test_a_status_by_ids_shows_no_pools_and_one_of_pools_no_campaigns(orchestra: Orchestra) -> None:
    both = orchestra.ask("status", campaignIds=["v1", "nobody", "a b"])
    assert "pools" not in both
    assert {campaign: told.get("errorCode") for campaign, told in both["campaigns"].items()} == {
        "v1": None,
        "nobody": "campaign_not_found",
        "a b": "invalid_request",
    }
    assert both["campaigns"]["nobody"]["message"] == "Campaign nobody not found"
    assert both["campaigns"]["a b"]["message"].startswith("campaignId must be 1 to 64 characters")
    assert not orchestra.ask("status").get("campaigns")


def test_an_id_that_can_be_none_is_not_looked_up(orchestra: Orchestra, monkeypatch: pytest.MonkeyPatch) -> None:
    def asked(*_: object) -> None:
        raise AssertionError("the store was asked")

    monkeypatch.setattr(type(orchestra.container.repository()), "find_campaigns", asked)
    assert orchestra.ask("status", campaignIds=["a b"])["campaigns"]["a b"]["errorCode"] == "invalid_request"


@pytest.mark.parametrize(
    ("active", "limit", "percent"), [(0, 5, 0.0), (2, 5, 40.0), (6, 5, 120.0), (0, 0, 0.0), (1, 0, 100.0)]
)
def test_utilization_is_held_slots_per_hundred_of_the_limit(active: int, limit: int, percent: float) -> None:
    orchestra = Orchestra()
    Gauges(orchestra.metrics).usage("sms", active=active, limit=limit)
    assert orchestra.metrics.measurements == [
        Measurement(metric=Metric.ACTIVE_SMS_CAMPAIGNS, value=active),
        Measurement(metric=Metric.RESOURCE_UTILIZATION, value=percent, pool="sms"),
    ]


def test_a_pool_of_another_name_is_measured_under_it() -> None:
    orchestra = Orchestra()
    usage = PoolUsage(name="fax", active=3, limit=2, observed_at=orchestra.clock.now())
    full = ResourceLimitReached(usage=usage, retry_after_seconds=1, campaign_type="fax")
    Gauges(orchestra.metrics).refused(full, action="start")
    assert orchestra.metrics.measurements == [
        Measurement(metric=Metric.REFUSALS, action="start", code="resource_limit_reached"),
        Measurement(metric=Metric.ACTIVE_CAMPAIGNS, value=3, pool="fax"),
        Measurement(metric=Metric.RESOURCE_UTILIZATION, value=150.0, pool="fax"),
        Measurement(metric=Metric.CAMPAIGN_START_FAILURES, pool="fax"),
    ]


def test_what_the_ledger_shows_of_a_run_is_what_is_on_record(orchestra: Orchestra) -> None:
    run = orchestra.run("v1")
    assert orchestra.ledger.details["v1"] == Holder(
        campaign_id="v1",
        campaign_type="voice",
        run_number=1,
        since=run.created_at,
        execution_reference=run.execution_reference,
    )


def test_a_write_after_which_the_numbers_differ_rebuilds_the_ledger(orchestra: Orchestra) -> None:
    long_ago = orchestra.clock.now() - timedelta(hours=1)
    for ghost in ("g1", "g2"):
        orchestra.ledger.record(
            "voice", Holder(campaign_id=ghost, campaign_type="voice", run_number=1, since=long_ago)
        )
    orchestra.metrics.measurements.clear()
    assert orchestra.ask("stop", "v1")["success"]
    assert orchestra.shown("voice") == {"v2"}
    (utilization,) = orchestra.metrics.of(Metric.RESOURCE_UTILIZATION)
    assert (utilization.pool, utilization.value) == ("voice", 20.0)
