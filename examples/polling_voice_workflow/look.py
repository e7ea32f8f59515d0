"""One look at a campaign and its calls."""

from typing import Final

from attrs import frozen

from campaign_contacts.message_provider import Verdict
from polling_voice_workflow.campaign_calls import CallToMake, CampaignCalls
from voice_workflow.call_provider import Call, CallPhase, CallProvider

WAIT: Final = "Wait"
LEFT: Final = "Left"
NEXT_AFTER: Final = {"completed": "Completed", "failed": "Failed"}
CALLS_AT_ONCE: Final = 10


@frozen(kw_only=True)
class Look:
    """Settles the calls that have ended, and begins others while the campaign is active."""

    calls: CampaignCalls
    provider: CallProvider

    def at(self, campaign_id: str) -> str:
        """Where the workflow is to go next. Raises psycopg.Error when the database does not answer."""
        if self.calls.status(campaign_id) != "active":
            return LEFT
        for contact in self.calls.calling(campaign_id):
            self._settle_if_ended(campaign_id, contact)
        for contact in self.calls.take_contacts(campaign_id, calls_at_once=CALLS_AT_ONCE):
            self._call(campaign_id, contact)
        if self.calls.some_are_left(campaign_id):
            return WAIT
        status = "completed" if self.calls.somebody_was_reached(campaign_id) else "failed"
        return NEXT_AFTER[status] if self.calls.set_status(campaign_id, status) else LEFT

    def _settle_if_ended(self, campaign_id: str, contact: CallToMake) -> None:
        seen = self.provider.look(_token(campaign_id, contact))
        if seen is not None and seen.phase is CallPhase.ENDED:
            self.calls.settle(campaign_id, contact, "sent" if seen.answered else "failed")

    def _call(self, campaign_id: str, contact: CallToMake) -> None:
        call = Call(
            client_token=_token(campaign_id, contact),
            campaign_id=campaign_id,
            contact_id=contact.contact_id,
            phone=contact.phone,
            variables=contact.variables,
        )
        if self.provider.place(call).verdict is not Verdict.SENT:
            self.calls.settle(campaign_id, contact, "failed")


def _token(campaign_id: str, contact: CallToMake) -> str:
    return f"{campaign_id}/{contact.contact_id}"
