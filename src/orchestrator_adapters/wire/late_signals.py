"""Events of AWS that say something of a run become hints."""

import re
from collections.abc import Mapping
from typing import Any, Final

from attrs import evolve

from orchestrator_adapters.wire.event_shapes import is_execution_status_change
from orchestrator_domain.commands import CAMPAIGN_ID_PATTERN, Origin
from orchestrator_domain.errors import InvalidRequest
from orchestrator_domain.invocation import InvocationRecord
from orchestrator_domain.run import RunOutcome
from orchestrator_domain.upkeep_commands import OutcomeHint

EXECUTION_NAME_PATTERN: Final = re.compile(r"[^\s<>{}\[\]?*\"#%\\^|~`$&,;:/\x00-\x1f\x7f-\x9f\ud800-\udfff]{1,80}")
"""What StartExecution allows, whoever has started it
(https://docs.aws.amazon.com/step-functions/latest/apireference/API_StartExecution.html)."""
REQUEST_ID_PATTERN: Final = re.compile(r"[\x21-\x7e]{1,128}", re.ASCII)
LARGEST_RUN_NUMBER: Final = 2_147_483_647
STATUSES: Final = ("RUNNING", "SUCCEEDED", "FAILED", "TIMED_OUT", "ABORTED", "PENDING_REDRIVE")
ENDINGS = {
    "Success": (RunOutcome.SUCCEEDED, "invocation_succeeded"),
    "RetriesExhausted": (RunOutcome.FAILED, "invocation_failed"),
    "EventAgeExceeded": (RunOutcome.FAILED, "event_age_exceeded"),
}
"""The conditions of a record after which nothing of the invocation comes any more."""


def hint_of_status_change(event: Mapping[str, Any], *, request_id: str) -> OutcomeHint:
    """The hint of an execution status change. Raises InvalidRequest when it names no execution."""
    detail = _mapping(event, "detail")
    name, status = detail.get("name"), detail.get("status")
    if not isinstance(name, str) or not EXECUTION_NAME_PATTERN.fullmatch(name):
        raise InvalidRequest(field="detail.name", value=name, allowed="an execution's name")
    return OutcomeHint(
        execution_name=name,
        said=f"execution {status}" if status in STATUSES else "execution changed",
        origin=Origin(source="eventbridge", request_id=request_id),
    )


def hint_of_destination_record(event: Mapping[str, Any], *, request_id: str) -> OutcomeHint:
    """The hint of a destination record, of a run's dispatcher or of whoever was told of its execution's status.

    Raises InvalidRequest when its payload names no run.
    """
    context, payload = _mapping(event, "requestContext"), _mapping(event, "requestPayload")
    if is_execution_status_change(payload):
        origin = Origin(source="destination", request_id=request_id)
        return evolve(hint_of_status_change(payload, request_id=request_id), origin=origin)
    campaign_id, number = payload.get("campaignId"), payload.get("runNumber")
    if not isinstance(campaign_id, str) or not CAMPAIGN_ID_PATTERN.fullmatch(campaign_id):
        raise InvalidRequest(field="requestPayload.campaignId", value=campaign_id, allowed="a campaign's id")
    if not isinstance(number, int) or isinstance(number, bool) or not 1 <= number <= LARGEST_RUN_NUMBER:
        raise InvalidRequest(field="requestPayload.runNumber", value=number, allowed="a run's number")
    condition = context.get("condition")
    return OutcomeHint(
        campaign_id=campaign_id,
        run_number=number,
        said=f"invocation {condition}" if isinstance(condition, str) and condition in ENDINGS else "invocation",
        invocation=_invocation(context.get("requestId"), condition),
        origin=Origin(source="destination", request_id=request_id),
    )


def _invocation(request_id: Any, condition: Any) -> InvocationRecord | None:
    if not isinstance(condition, str) or condition not in ENDINGS:
        return None
    if not isinstance(request_id, str) or not REQUEST_ID_PATTERN.fullmatch(request_id):
        return None
    outcome, cause = ENDINGS[condition]
    return InvocationRecord(request_id=request_id, outcome=outcome, cause=cause)


def _mapping(event: Mapping[str, Any], field: str) -> Mapping[str, Any]:
    value = event.get(field)
    if not isinstance(value, Mapping):
        raise InvalidRequest(field=field, value=value, allowed="an object")
    return value
