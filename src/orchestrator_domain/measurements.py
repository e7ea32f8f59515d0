"""What is measured of the orchestrator's work. Dimensions are bounded: no campaign, no run and no key is one."""

from enum import StrEnum
from typing import Final

from attrs import frozen

from orchestrator_domain.value import Value


class Unit(StrEnum):
    """CloudWatch's words (https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_MetricDatum.html)."""

    COUNT = "Count"
    PERCENT = "Percent"
    MILLISECONDS = "Milliseconds"


class Metric(StrEnum):
    """Each metric, by the name under which it is shown; docs/metrics.md tells what each means."""

    ACTIVE_VOICE_CAMPAIGNS = "ActiveVoiceCampaigns"
    ACTIVE_SMS_CAMPAIGNS = "ActiveSmsCampaigns"
    ACTIVE_CAMPAIGNS = "ActiveCampaigns"
    RESOURCE_UTILIZATION = "ResourceUtilization"
    CAMPAIGN_START_FAILURES = "CampaignStartFailures"
    CAMPAIGN_STARTS = "CampaignStarts"
    REFUSALS = "Refusals"
    DISPATCH_LATENCY = "DispatchLatency"
    LEDGER_REBUILDS = "LedgerRebuilds"
    REPAIRS = "Repairs"
    COMMAND_AGE = "CommandAge"
    DEFECTS = "Defects"

    @property
    def unit(self) -> Unit:
        return UNITS.get(self, Unit.COUNT)

    @property
    def is_level(self) -> bool:
        """Whether a value replaces the last one, where others are added up or spread."""
        return self in LEVELS


UNITS: Final = {
    Metric.RESOURCE_UTILIZATION: Unit.PERCENT,
    Metric.DISPATCH_LATENCY: Unit.MILLISECONDS,
    Metric.COMMAND_AGE: Unit.MILLISECONDS,
}
LEVELS: Final = frozenset(
    {
        Metric.ACTIVE_VOICE_CAMPAIGNS,
        Metric.ACTIVE_SMS_CAMPAIGNS,
        Metric.ACTIVE_CAMPAIGNS,
        Metric.RESOURCE_UTILIZATION,
    }
)
ACTIVE_IN_POOL: Final = {"voice": Metric.ACTIVE_VOICE_CAMPAIGNS, "sms": Metric.ACTIVE_SMS_CAMPAIGNS}
"""The specification's own names; a pool of another name has ACTIVE_CAMPAIGNS with its name as dimension."""


@frozen(kw_only=True, eq=False, repr=False)
class Measurement(Value):
    """One value of a metric. What is None is no dimension of it.

    Attributes:
        code: the stable code of a refusal.
        repair: the kind of a repair.
    """

    metric: Metric
    value: float = 1.0
    pool: str | None = None
    action: str | None = None
    code: str | None = None
    repair: str | None = None

    @property
    def dimensions(self) -> tuple[tuple[str, str], ...]:
        """The dimensions that it has, by the names under which they are shown, always in this order."""
        named = (("Pool", self.pool), ("Action", self.action), ("Code", self.code), ("Repair", self.repair))
        return tuple((name, value) for name, value in named if value is not None)
