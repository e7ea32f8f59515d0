"""Calls through Amazon Connect."""

from contextlib import suppress
from typing import Any, Final

from attrs import frozen

from campaign_contacts.message_provider import Delivery, Verdict
from orchestrator_adapters.aws.call_outcome import failed_call
from orchestrator_adapters.aws.clients import LazyClient
from orchestrator_domain.ports.dispatcher import NoEffect, Refused
from voice_workflow.call_provider import Call, CallPhase, CallProvider, CallSeen

ABOUT_THE_CONTACT: Final = frozenset({"DestinationNotAllowedException", "OutboundContactNotPermittedException"})
FOR_NOW: Final = frozenset({"LimitExceededException"})
"""Connect's word for too many calls at once
(https://docs.aws.amazon.com/connect/latest/APIReference/API_StartOutboundVoiceContact.html)."""


@frozen(kw_only=True)
class ConnectCallProvider(CallProvider):
    """StartOutboundVoiceContact, DescribeContact and StopContact. A client token holds for seven days.

    Attributes:
        contact_flow_id: what happens in the call; it gets the contact's variables as attributes.
        source_phone: the number that is shown, one that the instance has claimed.
    """

    client: LazyClient
    instance_id: str
    contact_flow_id: str
    source_phone: str

    def place(self, call: Call) -> Delivery:
        try:
            answer = self.client.get().start_outbound_voice_contact(
                DestinationPhoneNumber=call.phone,
                ContactFlowId=self.contact_flow_id,
                InstanceId=self.instance_id,
                SourcePhoneNumber=self.source_phone,
                ClientToken=call.client_token,
                Attributes={name: str(value) for name, value in call.variables.items()},
            )
        except Exception as error:
            return _delivery_of_failure(error)
        return Delivery(verdict=Verdict.SENT, reference=answer["ContactId"])

    def look(self, reference: str) -> CallSeen | None:
        try:
            answer = self.client.get().describe_contact(InstanceId=self.instance_id, ContactId=reference)
        except Exception:
            return None
        return _seen(answer["Contact"])

    def hang_up(self, reference: str) -> None:
        with suppress(Exception):  # the next look tells
            self.client.get().stop_contact(InstanceId=self.instance_id, ContactId=reference)


def _seen(contact: dict[str, Any]) -> CallSeen:
    answered = "ConnectedToSystemTimestamp" in contact
    if "DisconnectTimestamp" in contact:
        return CallSeen(phase=CallPhase.ENDED, answered=answered, code=contact.get("DisconnectReason"))
    return CallSeen(phase=CallPhase.ANSWERED if answered else CallPhase.RINGING, answered=answered)


def _delivery_of_failure(error: Exception) -> Delivery:
    failed = failed_call(error)
    if isinstance(failed.answer, NoEffect) or failed.code in FOR_NOW:
        return Delivery(verdict=Verdict.NOT_NOW, code=failed.code)
    if not isinstance(failed.answer, Refused):
        return Delivery(verdict=Verdict.UNKNOWN, code=failed.code)
    if failed.answer.transient:
        return Delivery(verdict=Verdict.NOT_NOW, code=failed.code)
    about_the_contact = failed.code in ABOUT_THE_CONTACT
    return Delivery(
        verdict=Verdict.CONTACT_REFUSED if about_the_contact else Verdict.PROVIDER_REFUSES, code=failed.code
    )
