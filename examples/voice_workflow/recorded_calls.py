"""Calls that are written down in place of being placed: for the demo and for tests."""

from typing import Final

from attrs import frozen

from campaign_contacts.message_provider import Delivery, Verdict
from campaign_contacts.statements import rows_of
from orchestrator_adapters.postgres.connection_pool import BoundedPool
from voice_workflow.call_provider import Call, CallPhase, CallProvider, CallSeen

ANSWERED: Final = "answered"


@frozen
class RecordingCallProvider(CallProvider):
    """Writes each call into the table ``recorded_calls``.

    A call lasts for the contact's variable ``callSeconds`` (1 without it) and is answered, unless the variable
    ``callOutcome`` says otherwise ("busy", "no_answer").
    """

    pool: BoundedPool

    def place(self, call: Call) -> Delivery:
        parameters = {
            "client_token": call.client_token,
            "campaign_id": call.campaign_id,
            "contact_id": call.contact_id,
            "phone": call.phone,
            "seconds": float(call.variables.get("callSeconds", 1)),
            "outcome": str(call.variables.get("callOutcome", ANSWERED)),
        }
        rows_of(self.pool, "record_call", parameters)
        return Delivery(verdict=Verdict.SENT, reference=call.client_token)

    def look(self, reference: str) -> CallSeen | None:
        rows = rows_of(self.pool, "look_at_recorded_call", {"client_token": reference})
        if not rows:
            return None
        (row,) = rows
        answered = row["outcome"] == ANSWERED
        if row["has_ended"]:
            code = "hung_up" if row["hung_up"] else None if answered else row["outcome"]
            return CallSeen(phase=CallPhase.ENDED, answered=answered, code=code)
        return CallSeen(phase=CallPhase.ANSWERED if answered else CallPhase.RINGING, answered=answered)

    def hang_up(self, reference: str) -> None:
        rows_of(self.pool, "hang_up_recorded_call", {"client_token": reference})
