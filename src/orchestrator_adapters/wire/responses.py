"""Answers and errors as the specification's camelCase responses."""

from collections.abc import Sequence
from datetime import datetime
from functools import cache
from typing import Any

from attrs import field as attribute
from attrs import frozen
from cattrs import Converter

from orchestrator_adapters.wire.camel_case import camel_case_converter
from orchestrator_domain.answers import ActionAnswer, ProjectionState, SettleAnswer
from orchestrator_domain.errors import (
    InvalidState,
    OrchestratorError,
    ResourceLimitReached,
    StillStopping,
)
from orchestrator_domain.pools import Holder
from orchestrator_domain.run import Run, RunState
from orchestrator_domain.shown_values import harmless

ALWAYS = {"always": True}


@frozen(kw_only=True)
class HolderResponse:
    campaign_id: str
    campaign_type: str
    run_number: int
    since: datetime


@frozen(kw_only=True)
class ActionResponse:
    """The specification's response, and what was added to it; what does not apply is left out."""

    campaign_id: str | None = attribute(default=None, metadata=ALWAYS)
    campaign_type: str | None = attribute(default=None, metadata=ALWAYS)
    action: str | None = attribute(default=None, metadata=ALWAYS)
    success: bool
    execution_arn: str | None = attribute(default=None, metadata=ALWAYS)
    message: str
    run_id: str | None = None
    run_number: int | None = None
    run_state: str | None = None
    pool: str | None = None
    in_flight: int | None = None
    projection: str | None = None
    error_code: str | None = None
    retryable: bool | None = None
    retry_after_seconds: int | None = None
    field: str | None = None
    cause: str | None = None
    status: str | None = None
    allowed_actions: Sequence[str] | None = None
    active: int | None = None
    limit: int | None = None
    holders: Sequence[HolderResponse] | None = None


@frozen(kw_only=True)
class SignalResponse:
    """What following up a late signal did."""

    success: bool
    message: str
    campaign_id: str | None = None
    run_number: int | None = None
    run_state: str | None = None
    outcome: str | None = None
    repairs: Sequence[str] = ()
    projection: str | None = None


@cache
def converter() -> Converter:
    made = camel_case_converter()
    made.register_unstructure_hook(datetime, lambda instant: instant.isoformat())
    return made


def execution_arn_of(run: Run | None) -> str | None:
    """The ARN of the run's execution; None for a run that is no execution."""
    reference = run.execution_reference if run else None
    return reference if reference is not None and reference.startswith("arn:") else None


def action_response(answer: ActionAnswer) -> dict[str, Any]:
    """The response of an action that had its effect."""
    run = answer.run
    return write(
        ActionResponse(
            campaign_id=answer.campaign_id,
            campaign_type=answer.campaign_type,
            action=answer.action.value,
            success=True,
            execution_arn=execution_arn_of(run),
            message=answer.message,
            run_id=run.run_id if run else None,
            run_number=run.number if run else None,
            run_state=run.state.value if run else None,
            pool=run.pool if run else None,
            # Of a run that is at work it changes with every batch, and a repeated start is answered as the first.
            in_flight=run.in_flight or None if run and run.state is RunState.STOPPING else None,
            # Only what the caller may want to know, so that a repeated request is answered to the letter.
            projection="stale" if answer.projection is ProjectionState.STALE else None,
        )
    )


def error_response(error: OrchestratorError, *, campaign_id: str | None, action: str | None) -> dict[str, Any]:
    """The response of an action that was refused or failed."""
    return write(
        ActionResponse(
            campaign_id=campaign_id,
            # Whatever the row holds: others write it too.
            campaign_type=None if error.campaign_type is None else harmless(error.campaign_type),
            action=action,
            success=False,
            message=error.message,
            error_code=error.code,
            retryable=error.retryable,
            retry_after_seconds=error.retry_after_seconds,
            field=_text_attribute(error, "field"),
            cause=_text_attribute(error, "cause"),
            pool=_text_attribute(error, "pool"),
            run_number=error.run_number if isinstance(error, StillStopping) else None,
            in_flight=error.in_flight if isinstance(error, StillStopping) else None,
            status=harmless(error.status) if isinstance(error, InvalidState) else None,
            allowed_actions=list(error.allowed_actions) if isinstance(error, InvalidState) else None,
            active=error.active if isinstance(error, ResourceLimitReached) else None,
            limit=error.limit if isinstance(error, ResourceLimitReached) else None,
            holders=_holders(error.holders) if isinstance(error, ResourceLimitReached) else None,
        )
    )


def signal_response(answer: SettleAnswer) -> dict[str, Any]:
    """The response of a late signal."""
    run = answer.run
    if run is None:
        return write(SignalResponse(success=True, message="The signal names no run of ours"))
    return write(
        SignalResponse(
            success=True,
            message=f"Run {run.number} is {run.state.value}",
            campaign_id=run.campaign_id,
            run_number=run.number,
            run_state=run.state.value,
            outcome=run.outcome.value if run.outcome else None,
            repairs=[repair.value for repair in answer.repairs],
            projection=answer.projection.value if answer.projection else None,
        )
    )


def write(response: Any) -> dict[str, Any]:
    """``response`` as JSON-ready camelCase."""
    written: dict[str, Any] = converter().unstructure(response)
    return written


def _holders(holders: Sequence[Holder]) -> list[HolderResponse]:
    return [
        HolderResponse(
            campaign_id=holder.campaign_id,
            campaign_type=holder.campaign_type,
            run_number=holder.run_number,
            since=holder.since,
        )
        for holder in holders
    ]


def _text_attribute(error: OrchestratorError, name: str) -> str | None:
    value = getattr(error, name, None)
    return value if isinstance(value, str) else None
