"""Sends the texts of one campaign."""

from attrs import frozen

from campaign_contacts.message_provider import Message, MessageProvider, Verdict
from campaign_contacts.message_text import TextNotWritable, text_for
from campaign_contacts.pace import Pace
from plain_sms_dispatcher.campaign_rows import CampaignRows, ContactRow

MESSAGES_PER_SECOND = 20.0


class ProviderRefuses(Exception):
    """The provider sends nothing for us at all."""


@frozen(kw_only=True)
class PlainDispatcher:
    """Works by the campaign's row alone."""

    rows: CampaignRows
    provider: MessageProvider

    def work(self, campaign_id: str, *, batch_size: int) -> str:
        """Send until nobody is left or the campaign is not active; the status that was found or set last.

        Raises:
            KeyError: the campaign's config holds no message.
            psycopg.Error: the database does not answer.
        """
        campaign = self.rows.campaign(campaign_id)
        text = campaign.config["message"] if campaign.status == "active" else ""
        pace = Pace(float(campaign.config.get("messagesPerSecond", MESSAGES_PER_SECOND)))
        while campaign.status == "active":
            contacts = self.rows.take_contacts(campaign_id, most=batch_size)
            if not contacts:
                return self.rows.set_status(campaign_id, "completed")
            try:
                for contact in contacts:
                    pace.wait()
                    self.rows.settle(campaign_id, contact, self._send(campaign_id, contact, text))
            except ProviderRefuses:
                return self.rows.set_status(campaign_id, "failed")
            campaign = self.rows.campaign(campaign_id)
        return campaign.status

    def _send(self, campaign_id: str, contact: ContactRow, text: str) -> str:
        try:
            written = text_for(text, contact.variables)
        except TextNotWritable:
            return "failed"
        message = Message(campaign_id=campaign_id, contact_id=contact.contact_id, phone=contact.phone, text=written)
        verdict = self.provider.send(message).verdict
        if verdict is Verdict.PROVIDER_REFUSES:
            raise ProviderRefuses
        return {Verdict.SENT: "sent", Verdict.UNKNOWN: "unknown"}.get(verdict, "failed")
