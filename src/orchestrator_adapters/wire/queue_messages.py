"""Batches of SQS messages, each of which is a direct request."""

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from attrs import frozen

from orchestrator_adapters.wire import strict_json
from orchestrator_adapters.wire.requests import POOL_ACTIONS, RECONCILE
from orchestrator_domain.campaign import Action
from orchestrator_domain.errors import InvalidAction, InvalidRequest

MESSAGE_ID_PATTERN: Final = re.compile(r"[A-Za-z0-9_-]{1,100}", re.ASCII)
"""SQS itself allows 100 characters, and uses the 36 of a UUID
(https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-queue-message-identifiers.html)."""

QUEUED_ACTIONS: Final = (*(action.value for action in Action), RECONCILE, *POOL_ACTIONS)
"""What changes something. A query has nobody to read its answer."""


@frozen(kw_only=True)
class QueueMessage:
    """One message of a batch.

    Attributes:
        message_id: stays the same however often the message is delivered.
        group: a FIFO queue keeps the order within it; None on other queues.
        sent_at: when it was put into this queue; None when SQS did not say.
        sender: the IAM identity that sent it, or None.
    """

    message_id: str
    body: str
    group: str | None
    sent_at: datetime | None
    sender: str | None

    def direct_event(self, *, max_age: timedelta) -> dict[str, Any]:
        """The direct event of the message. Without a key of its own it has the message's id, without an
        ``expiresAt`` the end of ``max_age`` since it was sent, without an actor the sender. A null is none.

        Raises:
            InvalidRequest: the body is no JSON object.
            InvalidAction: the body asks for something that a queue does not carry.
        """
        event = strict_json.read_object(self.body.encode(errors="surrogatepass"), field="body")
        action = event.get("action")
        if action not in QUEUED_ACTIONS:
            raise InvalidAction(value=action, allowed=QUEUED_ACTIONS)
        if action == RECONCILE:
            return event
        defaults = {
            "idempotencyKey": self.message_id,
            "expiresAt": (self.sent_at + max_age).isoformat() if self.sent_at else None,
            "actor": self.sender,
        }
        return event | {
            name: value for name, value in defaults.items() if value is not None and event.get(name) is None
        }


def messages_of(event: Mapping[str, Any]) -> Sequence[QueueMessage]:
    """The messages of an event that is a batch by its shape.

    Raises:
        InvalidRequest: a record has no id or no body, so that it could neither be answered nor reported.
    """
    return [_message(record, f"Records[{number}]") for number, record in enumerate(event["Records"])]


def batch_response(failed: Sequence[QueueMessage]) -> dict[str, Any]:
    """Which messages SQS shall deliver again (``ReportBatchItemFailures``).

    https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html
    """
    return {"batchItemFailures": [{"itemIdentifier": message.message_id} for message in failed]}


def _message(record: Mapping[str, Any], field: str) -> QueueMessage:
    message_id, body, attributes = record.get("messageId"), record.get("body"), record.get("attributes")
    if not isinstance(message_id, str) or not MESSAGE_ID_PATTERN.fullmatch(message_id):
        raise InvalidRequest(field=f"{field}.messageId", value=message_id, allowed="a message's id")
    if not isinstance(body, str):
        raise InvalidRequest(field=f"{field}.body", value=body, allowed="a string")
    said = attributes if isinstance(attributes, Mapping) else {}
    return QueueMessage(
        message_id=message_id,
        body=body,
        group=_string(said.get("MessageGroupId")) if _is_fifo(record) else None,
        sent_at=_instant(said.get("SentTimestamp")),
        sender=_string(said.get("SenderId")),
    )


def _is_fifo(record: Mapping[str, Any]) -> bool:
    """Other queues have groups too, which are for fairness and keep no order."""
    return (_string(record.get("eventSourceARN")) or "").endswith(".fifo")


def _string(value: object) -> str | None:
    return value if isinstance(value, str) and value else None


def _instant(milliseconds: object) -> datetime | None:
    text = _string(milliseconds)
    if text is None or not text.isascii() or not text.isdigit() or len(text) > 14:
        return None
    return datetime.fromtimestamp(int(text) / 1000, UTC)
