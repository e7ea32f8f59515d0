"""Carries out batches of SQS messages."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final

from attrs import field, frozen

from campaign_orchestrator.direct_requests import DirectRequests, refused
from campaign_orchestrator.unforeseen import places_of
from orchestrator_adapters.wire.queue_messages import QueueMessage, batch_response, messages_of
from orchestrator_domain.errors import OrchestratorError
from orchestrator_domain.measurements import Measurement, Metric
from orchestrator_domain.ports.clock import Clock
from orchestrator_domain.ports.deadline import Deadline
from orchestrator_domain.ports.metrics import Metrics, NoMetrics

SOURCE: Final = "sqs"


@frozen(kw_only=True, eq=False, repr=False)
class QueueDoor:
    """Carries out the direct request in each message.

    1. Done, or refused for good: the message is done with, and its answer is in the log.
    2. Refused for now: the message is reported as failed, comes again with the same key, and ends in the queue's
       dead-letter queue when it has come too often.
    3. In a FIFO queue whatever follows a failed message of its group is reported too, undone: it would overtake.
    4. One message's failure, of whatever kind, is not the others'.
    """

    requests: DirectRequests
    max_age: timedelta
    clock: Clock
    metrics: Metrics = field(factory=NoMetrics)

    def answer(self, event: Mapping[str, Any], request_id: str, deadline: Deadline) -> dict[str, Any]:
        """Which messages shall come again. Raises InvalidRequest when the event is no batch that SQS would send."""
        failed: list[QueueMessage] = []
        for message in messages_of(event):
            overtakes = message.group is not None and message.group in {one.group for one in failed}
            if overtakes or not self._is_done_with(message, request_id, deadline):
                failed.append(message)
        return batch_response(failed)

    def _is_done_with(self, message: QueueMessage, request_id: str, deadline: Deadline) -> bool:
        try:
            answer = self._answer(message, request_id, deadline)
        except Exception as unforeseen:
            # The text of an unforeseen exception may quote anything; its kind cannot.
            self.metrics.record(Measurement(metric=Metric.DEFECTS))
            self._note(
                {"success": False, "errorCode": type(unforeseen).__name__},
                message,
                request_id,
                where=places_of(unforeseen),
            )
            return False
        return not answer.get("retryable", False)

    def _answer(self, message: QueueMessage, request_id: str, deadline: Deadline) -> dict[str, Any]:
        if message.sent_at is not None:
            age = (self.clock.now() - message.sent_at).total_seconds() * 1000
            self.metrics.record(Measurement(metric=Metric.COMMAND_AGE, value=max(0.0, age)))
        try:
            asked = message.direct_event(max_age=self.max_age)
        except OrchestratorError as error:
            answer = refused(error, {})
            self._note(answer, message, request_id)
            return answer
        noted = {"messageId": message.message_id}
        return self.requests.answer(asked, request_id=request_id, deadline=deadline, source=SOURCE, noted=noted)

    def _note(self, answer: Mapping[str, Any], message: QueueMessage, request_id: str, **more: object) -> None:
        """Note what has not come to be a request."""
        self.requests.log.note(
            answer, request_id=request_id, source=SOURCE, milliseconds=0.0, messageId=message.message_id, **more
        )
