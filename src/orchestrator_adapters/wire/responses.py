"""Answers and errors as the specification's camelCase responses; what does not apply is left out.

They are written by hand: a cold start pays for no converter.
"""

from collections.abc import Sequence
from typing import Any

from orchestrator_domain.answers import ActionAnswer, ProjectionState
from orchestrator_domain.errors import (
    InvalidState,
    OrchestratorError,
    ResourceLimitReached,
    StillStopping,
)
from orchestrator_domain.pools import Holder
from orchestrator_domain.run import Run, RunState
from orchestrator_domain.shown_values import harmless


def execution_arn_of(run: Run | None) -> str | None:
    """The ARN of the run's execution; None for a run that is no execution."""
    reference = run.execution_reference if run else None
    return reference if reference is not None and reference.startswith("arn:") else None


def action_response(answer: ActionAnswer) -> dict[str, Any]:
    """The response of an action that had its effect."""
    run = answer.run
    response: dict[str, Any] = {
        "campaignId": answer.campaign_id,
        "campaignType": answer.campaign_type,
        "action": answer.action.value,
        "success": True,
        "executionArn": execution_arn_of(run),
        "message": answer.message,
    }
    if run is not None:
        response |= {
            "runId": run.run_id,
            "runNumber": run.number,
            "runState": run.state.value,
            "pool": run.pool,
        }
        # Of a run that is at work it changes with every batch, and a repeated start is answered as the first.
        if run.state is RunState.STOPPING and run.in_flight:
            response["inFlight"] = run.in_flight
    # Only what the caller may want to know, so that a repeated request is answered to the letter.
    if answer.projection is ProjectionState.STALE:
        response["projection"] = "stale"
    return response


def error_response(error: OrchestratorError, *, campaign_id: str | None, action: str | None) -> dict[str, Any]:
    """The response of an action that was refused or failed."""
    return failure_response(
        message=error.message,
        campaign_id=campaign_id,
        # Whatever the row holds: others write it too.
        campaign_type=None if error.campaign_type is None else harmless(error.campaign_type),
        action=action,
        runNumber=error.run_number if isinstance(error, StillStopping) else None,
        pool=_text_attribute(error, "pool"),
        inFlight=error.in_flight if isinstance(error, StillStopping) else None,
        errorCode=error.code,
        retryable=error.retryable,
        retryAfterSeconds=error.retry_after_seconds,
        field=_text_attribute(error, "field"),
        cause=_text_attribute(error, "cause"),
        status=harmless(error.status) if isinstance(error, InvalidState) else None,
        allowedActions=list(error.allowed_actions) if isinstance(error, InvalidState) else None,
        active=error.active if isinstance(error, ResourceLimitReached) else None,
        limit=error.limit if isinstance(error, ResourceLimitReached) else None,
        holders=_holders(error.holders) if isinstance(error, ResourceLimitReached) else None,
    )


def failure_response(
    *,
    message: str,
    campaign_id: str | None = None,
    campaign_type: str | None = None,
    action: str | None = None,
    **more: object,
) -> dict[str, Any]:
    """The response of anything that has failed. ``more``: by their names in the response; None is left out."""
    return {
        "campaignId": campaign_id,
        "campaignType": campaign_type,
        "action": action,
        "success": False,
        "executionArn": None,
        "message": message,
        **{name: value for name, value in more.items() if value is not None},
    }


def _holders(holders: Sequence[Holder]) -> list[dict[str, Any]]:
    return [
        {
            "campaignId": holder.campaign_id,
            "campaignType": holder.campaign_type,
            "runNumber": holder.run_number,
            "since": holder.since.isoformat(),
        }
        for holder in holders
    ]


def _text_attribute(error: OrchestratorError, name: str) -> str | None:
    value = getattr(error, name, None)
    return value if isinstance(value, str) else None
