"""The one place that every event comes to."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from attrs import frozen

from campaign_orchestrator.direct_requests import DirectRequests, refused
from campaign_orchestrator.retry_wanted import RetryWanted
from orchestrator_adapters.wire.event_shapes import EventShape, shape_of
from orchestrator_domain.errors import OrchestratorError
from orchestrator_domain.ports.deadline import Deadline

if TYPE_CHECKING:
    from campaign_orchestrator.http_door import HttpDoor
    from campaign_orchestrator.queue_door import QueueDoor
    from campaign_orchestrator.signals_of_aws import SignalsOfAws

__all__ = ["OrchestratorService", "RetryWanted"]


@frozen(kw_only=True, eq=False, repr=False)
class OrchestratorService:
    """Recognises an event by its shape and gives it to its door. What it does not know is refused.

    All doors but the first are made when the first such event comes: a cold start pays for one way in.
    """

    direct: DirectRequests
    http: "Callable[[], HttpDoor]"
    queue: "Callable[[], QueueDoor]"
    signals: "Callable[[], SignalsOfAws]"

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
            if shape is EventShape.HTTP:
                return self.http().answer(known, request_id, deadline)
            if shape is EventShape.QUEUE_BATCH:
                return self.queue().answer(known, request_id, deadline)
            signals = self.signals()
            doors = {
                EventShape.EXECUTION_STATUS_CHANGE: signals.status_change,
                EventShape.DESTINATION_RECORD: signals.destination_record,
                EventShape.SCHEDULE: signals.schedule,
            }
            return doors[shape](known, request_id, deadline)
        except OrchestratorError as error:
            return refused(error, {})
