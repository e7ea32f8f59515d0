"""Text messages that are written down in place of being sent: for the demo and for tests."""

from attrs import frozen

from campaign_contacts.message_provider import Delivery, Message, MessageProvider, Verdict
from campaign_contacts.statements import rows_of
from orchestrator_adapters.postgres.connection_pool import BoundedPool


@frozen
class RecordingMessageProvider(MessageProvider):
    """Writes each message into the table ``recorded_messages``, as often as it is asked to."""

    pool: BoundedPool

    def send(self, message: Message) -> Delivery:
        (row,) = rows_of(
            self.pool,
            "record_message",
            {
                "campaign_id": message.campaign_id,
                "contact_id": message.contact_id,
                "phone": message.phone,
                "text": message.text,
            },
        )
        return Delivery(verdict=Verdict.SENT, reference=f"recorded-{row['id']}")
