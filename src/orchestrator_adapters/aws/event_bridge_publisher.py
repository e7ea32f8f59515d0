"""Publishes campaign events to an EventBridge bus."""

import json

from attrs import frozen

from orchestrator_adapters.aws.clients import LazyClient
from orchestrator_domain.ports.event_publisher import CampaignEvent, EventPublisher

SOURCE = "campaign-orchestrator"


@frozen(kw_only=True, eq=False, repr=False)
class EventBridgePublisher(EventPublisher):
    """EventPublisher over PutEvents, once per event, best effort."""

    bus_name: str
    client: LazyClient

    def publish(self, event: CampaignEvent) -> None:
        try:
            self.client.get().put_events(Entries=[self._entry(event)])
        except Exception:
            # Promised by the port: the action has happened, and the audit trail has it.
            return

    def _entry(self, event: CampaignEvent) -> dict[str, str]:
        detail = {
            **event.detail,
            "campaignId": event.campaign_id,
            "campaignType": event.campaign_type,
            "runNumber": event.run_number,
            "at": event.at.isoformat(),
        }
        return {
            "EventBusName": self.bus_name,
            "Source": SOURCE,
            "DetailType": event.kind,
            "Detail": json.dumps(detail),
        }
