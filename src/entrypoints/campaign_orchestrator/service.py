"""The one place that every event comes to."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

from attrs import field, frozen

from campaign_orchestrator.direct_requests import DirectRequests, refused
from campaign_orchestrator.retry_wanted import RetryWanted
from campaign_orchestrator.unforeseen import INTERNAL_ERROR, internal_error, places_of
from orchestrator_adapters.wire.event_shapes import EventShape, shape_of
from orchestrator_domain.errors import OrchestratorError
from orchestrator_domain.measurements import Measurement, Metric
from orchestrator_domain.ports.deadline import Deadline
from orchestrator_domain.ports.metrics import Metrics, NoMetrics

if TYPE_CHECKING:
    from campaign_orchestrator.http_door import HttpDoor
    from campaign_orchestrator.queue_door import QueueDoor
    from campaign_orchestrator.signals_of_aws import SignalsOfAws

__all__ = ["OrchestratorService", "RetryWanted"]

NOTHING: Final[Mapping[str, Any]] = MappingProxyType({})


@frozen(kw_only=True, eq=False, repr=False)
class OrchestratorService:
    """Recognises an event by its shape and gives it to its door. What it does not know is refused.

    All doors but the first are made when the first such event comes: a cold start pays for one way in.
    """

    direct: DirectRequests
    http: "Callable[[], HttpDoor]"
    queue: "Callable[[], QueueDoor]"
    signals: "Callable[[], SignalsOfAws]"
    metrics: Metrics = field(factory=NoMetrics)

    def answer(self, event: object, *, request_id: str, deadline: Deadline) -> dict[str, Any]:
        """The answer to ``event``. ``request_id``: the invocation's.

        Raises:
            RetryWanted: an event of AWS could not be followed up for now. Nothing else is raised.
        """
        shape, known = None, NOTHING
        try:
            shape = shape_of(event)
            known = event  # type: ignore[assignment]  # shape_of refuses whatever is no object
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
        except RetryWanted:
            raise
        except Exception as unforeseen:
            self._note(unforeseen, request_id)
            if shape is EventShape.DIRECT:
                return internal_error()
            if shape is EventShape.HTTP:
                from orchestrator_adapters.wire.http_requests import wants_multi_value_headers
                from orchestrator_adapters.wire.http_responses import defect_response

                several = wants_multi_value_headers(known)
                return defect_response(internal_error(), wants_multi_value_headers=several)
            # Nobody reads an answer, and AWS delivers the event again.
            raise RetryWanted(INTERNAL_ERROR) from None

    def _note(self, unforeseen: Exception, request_id: str) -> None:
        self.metrics.record(Measurement(metric=Metric.DEFECTS))
        self.direct.log.note(
            {"success": False, "errorCode": INTERNAL_ERROR},
            request_id=request_id,
            source="service",
            milliseconds=0.0,
            kind=type(unforeseen).__name__,
            where=places_of(unforeseen),
        )
