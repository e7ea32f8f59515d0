"""Which way an event has come in, told by its shape. A shape proves nothing of who sent the event."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from orchestrator_domain.errors import InvalidRequest

STATUS_CHANGE = "Step Functions Execution Status Change"
SCHEDULERS = ("aws.events", "aws.scheduler")
KNOWN_SHAPES = (
    'a direct request ({"action": ...}), an HTTP request of API Gateway (REST or HTTP API) or of a load balancer, '
    "a batch of SQS messages, an execution status change, a destination's record or a schedule's event"
)


class EventShape(StrEnum):
    """The ways in."""

    DIRECT = "direct"
    HTTP = "http"
    QUEUE_BATCH = "queue_batch"
    EXECUTION_STATUS_CHANGE = "execution_status_change"
    DESTINATION_RECORD = "destination_record"
    SCHEDULE = "schedule"


def shape_of(event: object) -> EventShape:
    """The shape of ``event``. One that has an ``action`` is a direct request, whatever else it holds: no event of
    AWS has one, and a direct request with fields of an AWS event is refused for these.

    Raises:
        InvalidRequest: the event has none of the known shapes.
    """
    if not isinstance(event, Mapping):
        raise InvalidRequest(field="event", value=event, allowed=KNOWN_SHAPES)
    if "action" in event:
        return EventShape.DIRECT
    if is_http_request(event):
        return EventShape.HTTP
    if is_queue_batch(event):
        return EventShape.QUEUE_BATCH
    if is_execution_status_change(event):
        return EventShape.EXECUTION_STATUS_CHANGE
    if is_destination_record(event):
        return EventShape.DESTINATION_RECORD
    if is_schedule(event):
        return EventShape.SCHEDULE
    if "campaignId" in event:
        return EventShape.DIRECT
    raise InvalidRequest(field="event", value=_fields(event), allowed=KNOWN_SHAPES)


def is_http_request(event: Mapping[str, Any]) -> bool:
    """Whether the event is an HTTP request: REST API, HTTP API (formats 1.0 and 2.0) or load balancer.

    https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html
    https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
    https://docs.aws.amazon.com/elasticloadbalancing/latest/application/lambda-functions.html
    """
    context = event.get("requestContext")
    if not isinstance(context, Mapping):
        return False
    return ("httpMethod" in event and "path" in event) or ("rawPath" in event and "http" in context)


def is_queue_batch(event: Mapping[str, Any]) -> bool:
    """Whether the event is a batch of SQS messages.

    https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html
    """
    records = event.get("Records")
    if not isinstance(records, list) or not records:
        return False
    return all(isinstance(record, Mapping) and record.get("eventSource") == "aws:sqs" for record in records)


def is_execution_status_change(event: Mapping[str, Any]) -> bool:
    """Whether the event is EventBridge's notice that an execution's status has changed.

    https://docs.aws.amazon.com/step-functions/latest/dg/eventbridge-integration.html
    """
    return event.get("source") == "aws.states" and event.get("detail-type") == STATUS_CHANGE


def is_destination_record(event: Mapping[str, Any]) -> bool:
    """Whether the event is a Lambda destination's record of an asynchronous invocation.

    https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html
    """
    return "requestContext" in event and "requestPayload" in event


def is_schedule(event: Mapping[str, Any]) -> bool:
    """Whether the event is that of a schedule: of an EventBridge rule, or of EventBridge Scheduler.

    https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-rule-schedule.html
    """
    return event.get("source") in SCHEDULERS and event.get("detail-type") == "Scheduled Event"


def _fields(event: Mapping[str, Any]) -> str:
    names = ", ".join(sorted(str(name)[:20] for name in list(event)[:10]))
    return f"an object with {names}" if names else "an empty object"
