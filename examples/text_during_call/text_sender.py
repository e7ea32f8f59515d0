"""One text to a contact who is on the telephone."""

from typing import Final

from attrs import frozen

from campaign_contacts.message_provider import Message, MessageProvider, Verdict
from campaign_contacts.message_text import TextNotWritable, text_for
from campaign_contacts.statements import rows_of
from orchestrator_adapters.postgres.connection_pool import BoundedPool

STATES: Final = {
    Verdict.SENT: "sent",
    Verdict.CONTACT_REFUSED: "failed",
    Verdict.PROVIDER_REFUSES: "failed",
    Verdict.NOT_NOW: "failed",
    Verdict.UNKNOWN: "unknown",
}


@frozen(kw_only=True)
class TextSender:
    """Takes the text up, sends it, and records what became of it.

    A text that cannot be sent now is not sent later: by then the call is over.
    """

    pool: BoundedPool
    provider: MessageProvider

    def send(self, campaign_id: str, contact_id: str, template: str) -> str:
        """The state of the text: sent, skipped, failed, unknown, or "taken_up" when somebody was here before.

        Raises:
            psycopg.Error: the database does not answer.
        """
        contact = {"campaign_id": campaign_id, "contact_id": contact_id}
        rows = rows_of(self.pool, "take_up_text", contact)
        if not rows:
            return "taken_up"
        (row,) = rows
        if row["text_state"] != "sending":
            return str(row["text_state"])
        try:
            text = text_for(template, row["variables"])
        except TextNotWritable:
            state = "failed"
        else:
            message = Message(campaign_id=campaign_id, contact_id=contact_id, phone=row["phone"], text=text)
            state = STATES[self.provider.send(message).verdict]
        rows_of(self.pool, "settle_text", {**contact, "text_state": state})
        return state
