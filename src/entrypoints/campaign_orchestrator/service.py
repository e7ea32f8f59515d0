"""The one place that every event comes to."""

from collections.abc import Mapping
from typing import Any

from attrs import frozen

from campaign_orchestrator.direct_requests import DirectRequests, refused
from campaign_orchestrator.http_door import HttpDoor
from campaign_orchestrator.queue_door import QueueDoor
from campaign_orchestrator.signals_of_aws import RetryWanted, SignalsOfAws
from orchestrator_adapters.wire.event_shapes import EventShape, shape_of
from orchestrator_domain.errors import OrchestratorError
from orchestrator_domain.ports.deadline import Deadline

__all__ = ["OrchestratorService", "RetryWanted"]


@frozen(kw_only=True)
class OrchestratorService:
    """Recognises an event by its shape and gives it to its door. What it does not know is refused."""

    direct: DirectRequests
    http: HttpDoor
    queue: QueueDoor
    signals: SignalsOfAws

    def answer(self, event: object, *, request_id: str, deadline: Deadline) -> dict[str, Any]:
        """The answer to ``event``. ``request_id``: the invocation's.

        Raises:
            RetryWanted: an event of AWS could not be followed up for now.
        """
        try:
            shape = shape_of(event)
            known: Mapping[str, Any] = event  # type: ignore[assignment]  # shape_of refuses whatever is no object
            if shape is EventShape.DIRECT:
                return self.direct.answer(known, request_id=request_id, deadline=deadline)
            doors = {
                EventShape.HTTP: self.http.answer,
                EventShape.QUEUE_BATCH: self.queue.answer,
                EventShape.EXECUTION_STATUS_CHANGE: self.signals.status_change,
                EventShape.DESTINATION_RECORD: self.signals.destination_record,
                EventShape.SCHEDULE: self.signals.schedule,
            }
            return doors[shape](known, request_id, deadline)
        except OrchestratorError as error:
            return refused(error, {})
