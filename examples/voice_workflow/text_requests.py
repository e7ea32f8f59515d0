"""Asks, through a topic of SNS, that a contact be sent a text while the call goes on."""

import json
from abc import abstractmethod
from typing import Protocol, runtime_checkable

from attrs import frozen

from campaign_contacts.contact import Contact
from campaign_contacts.statements import rows_of
from orchestrator_adapters.aws.clients import LazyClient
from orchestrator_adapters.postgres.connection_pool import BoundedPool
from voice_workflow.voice_campaign import VoiceCampaign


@runtime_checkable
class TextRequests(Protocol):
    """Asks for texts. Asking twice is harmless: whoever sends them takes each up once."""

    @abstractmethod
    def ask_for(self, contact: Contact, campaign: VoiceCampaign) -> None:
        """Ask for the text of one contact, if the campaign has texts. A failure is tried with the next look."""


@frozen(kw_only=True)
class SnsTextRequests(TextRequests):
    """Publishes to the campaign's topic. The telephone number stays in the database."""

    client: LazyClient
    pool: BoundedPool

    def ask_for(self, contact: Contact, campaign: VoiceCampaign) -> None:
        if campaign.topic_arn is None:
            return
        wanted = {"campaignId": contact.campaign_id, "contactId": contact.contact_id, "message": campaign.text}
        try:
            self.client.get().publish(TopicArn=campaign.topic_arn, Message=json.dumps(wanted))
        except Exception:
            return
        rows_of(
            self.pool,
            "note_text_asked_for",
            {"campaign_id": contact.campaign_id, "contact_id": contact.contact_id},
        )
