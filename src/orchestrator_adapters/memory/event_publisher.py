"""Event publishers without an outside."""

from attrs import define, field

from orchestrator_domain.ports.event_publisher import CampaignEvent, EventPublisher


@define
class InMemoryEventPublisher(EventPublisher):
    """Keeps what was published."""

    published: list[CampaignEvent] = field(factory=list)

    def publish(self, event: CampaignEvent) -> None:
        self.published.append(event)


class DiscardingEventPublisher(EventPublisher):
    """Publishes nothing: for a deployment to which nobody listens."""

    def publish(self, event: CampaignEvent) -> None:
        """Forget the event."""
