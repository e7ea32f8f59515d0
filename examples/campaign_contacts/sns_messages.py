"""Text messages through Amazon SNS."""

from typing import Final

from attrs import frozen

from campaign_contacts.message_provider import Delivery, Message, MessageProvider, Verdict
from orchestrator_adapters.aws.call_outcome import failed_call
from orchestrator_adapters.aws.clients import LazyClient
from orchestrator_domain.ports.dispatcher import NoEffect, Refused

ABOUT_THE_CONTACT: Final = frozenset(
    {"InvalidParameter", "InvalidParameterException", "ParameterValueInvalid", "OptedOut"}
)
"""Codes of Publish that speak of the number or the text
(https://docs.aws.amazon.com/sns/latest/api/API_Publish.html)."""


@frozen(kw_only=True)
class SnsMessageProvider(MessageProvider):
    """Publishes to telephone numbers. ``client`` sends each request once: Publish has no idempotency token."""

    client: LazyClient

    def send(self, message: Message) -> Delivery:
        try:
            answer = self.client.get().publish(PhoneNumber=message.phone, Message=message.text)
        except Exception as error:
            return delivery_of_failure(error)
        return Delivery(verdict=Verdict.SENT, reference=answer["MessageId"])


def delivery_of_failure(error: Exception) -> Delivery:
    """What a call of SNS that has raised may have done."""
    failed = failed_call(error)
    if isinstance(failed.answer, NoEffect):
        return Delivery(verdict=Verdict.NOT_NOW, code=failed.code)
    if not isinstance(failed.answer, Refused):
        return Delivery(verdict=Verdict.UNKNOWN, code=failed.code)
    if failed.answer.transient:
        return Delivery(verdict=Verdict.NOT_NOW, code=failed.code)
    if failed.code in ABOUT_THE_CONTACT:
        return Delivery(verdict=Verdict.CONTACT_REFUSED, code=failed.code)
    return Delivery(verdict=Verdict.PROVIDER_REFUSES, code=failed.code)
