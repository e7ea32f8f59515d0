"""The Campaign aggregate and the table of what may change its status."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Final

from attrs import frozen

from orchestrator_domain.run import Run, RunOutcome
from orchestrator_domain.value import Value


class CampaignStatus(StrEnum):
    """Where a campaign stands."""

    DRAFT = "draft"
    SCHEDULED = "scheduled"
    ACTIVE = "active"
    PAUSED = "paused"
    CANCELLED = "cancelled"
    COMPLETED = "completed"
    FAILED = "failed"


class Action(StrEnum):
    """What somebody may ask of one campaign."""

    START = "start"
    PAUSE = "pause"
    RESUME = "resume"
    STOP = "stop"
    RETRY = "retry"


@frozen(kw_only=True, eq=False, repr=False)
class StatusChange(Value):
    """One row of the status table.

    Attributes:
        allowed_from: the statuses in which the action may be taken.
        to: the status that it leads to.
        makes_a_run: whether the action makes a new run, and so needs a slot.
    """

    allowed_from: frozenset[CampaignStatus]
    to: CampaignStatus
    makes_a_run: bool


STATUS_TABLE: Final[Mapping[Action, StatusChange]] = MappingProxyType(
    {
        Action.START: StatusChange(
            allowed_from=frozenset({CampaignStatus.DRAFT, CampaignStatus.SCHEDULED}),
            to=CampaignStatus.ACTIVE,
            makes_a_run=True,
        ),
        Action.RESUME: StatusChange(
            allowed_from=frozenset({CampaignStatus.PAUSED}), to=CampaignStatus.ACTIVE, makes_a_run=True
        ),
        Action.RETRY: StatusChange(
            allowed_from=frozenset({CampaignStatus.FAILED}), to=CampaignStatus.ACTIVE, makes_a_run=True
        ),
        Action.PAUSE: StatusChange(
            allowed_from=frozenset({CampaignStatus.ACTIVE}), to=CampaignStatus.PAUSED, makes_a_run=False
        ),
        Action.STOP: StatusChange(
            allowed_from=frozenset(
                {
                    CampaignStatus.DRAFT,
                    CampaignStatus.SCHEDULED,
                    CampaignStatus.ACTIVE,
                    CampaignStatus.PAUSED,
                }
            ),
            to=CampaignStatus.CANCELLED,
            makes_a_run=False,
        ),
    }
)

STATUS_AFTER_OUTCOME: Final[Mapping[RunOutcome, CampaignStatus | None]] = MappingProxyType(
    {
        RunOutcome.SUCCEEDED: CampaignStatus.COMPLETED,
        RunOutcome.FAILED: CampaignStatus.FAILED,
        RunOutcome.TIMED_OUT: CampaignStatus.FAILED,
        RunOutcome.ABORTED: CampaignStatus.FAILED,
        RunOutcome.DISPATCH_FAILED: CampaignStatus.FAILED,
        RunOutcome.RETURNED: None,
        RunOutcome.STOPPED: None,
    }
)
"""What an outcome makes of an *active* campaign. ``None``: RETURNED puts back the status from before the
run, and STOPPED leaves the status that pause or stop has already set."""


def actions_allowed_in(status: CampaignStatus) -> tuple[Action, ...]:
    """The actions that the status table allows in ``status``, in the order of the table."""
    return tuple(action for action, change in STATUS_TABLE.items() if status in change.allowed_from)


@frozen(kw_only=True, eq=False, repr=False)
class Campaign(Value):
    """A campaign as the repository read it.

    Attributes:
        campaign_id: its id in the repository's canonical spelling.
        campaign_type: a key of the routing table ("voice", "sms", "hybrid"), or whatever the row holds.
        status: one of CampaignStatus, or whatever text the row holds when others write to it.
        config: the campaign's own settings, a JSON object.
        timezone: an IANA time zone name, or None.
        latest_run: the run with the highest number, or None.
    """

    campaign_id: str
    name: str
    campaign_type: str
    status: str
    config: Mapping[str, Any]
    timezone: str | None
    updated_at: datetime | None
    latest_run: Run | None
