"""Tells others what has happened."""

from abc import abstractmethod
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Protocol, runtime_checkable

from attrs import field, frozen

from orchestrator_domain.value import Value


@frozen(kw_only=True, eq=False, repr=False)
class CampaignEvent(Value):
    """Something that has happened to a campaign, after its commit.

    Attributes:
        kind: "campaign.started", "campaign.paused", "campaign.completed", ...
        detail: JSON values only; no recipient data.
    """

    kind: str
    campaign_id: str
    campaign_type: str | None
    run_number: int | None
    at: datetime
    detail: Mapping[str, Any] = field(factory=dict)


@runtime_checkable
class EventPublisher(Protocol):
    """Publishes campaign events to whoever listens.

    1. Best effort: ``publish`` never raises, whatever the outside does; the audit trail is the record.
    2. Bounded: it takes at most one call to the outside, within the dispatcher's budget in seconds.
    3. Not promised: order, and that an event arrives, or arrives once.
    """

    @abstractmethod
    def publish(self, event: CampaignEvent) -> None:
        """Publish one event."""
