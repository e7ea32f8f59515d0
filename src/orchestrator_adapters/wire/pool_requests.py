"""Direct events that halt pools, lift halts, and show or change limits, become commands."""

from collections.abc import Mapping
from typing import Any

from attrs import frozen

from orchestrator_adapters.wire.event_reading import read_event
from orchestrator_adapters.wire.requests import instant, printable
from orchestrator_domain.commands import Origin
from orchestrator_domain.errors import InvalidRequest
from orchestrator_domain.pool_commands import HaltCommand, LimitsCommand, UnhaltCommand


@frozen(kw_only=True)
class HaltEvent:
    """``{"action": "halt", "campaignType": "voice", "reason": ...}``, and what may accompany it."""

    action: str
    campaign_type: str
    reason: str
    cursor: dict[str, str | None] | None = None
    idempotency_key: str | None = None
    actor: str | None = None
    expires_at: str | None = None


@frozen(kw_only=True)
class UnhaltEvent:
    """``{"action": "unhalt", "campaignType": "voice"}``, and what may accompany it."""

    action: str
    campaign_type: str
    idempotency_key: str | None = None
    actor: str | None = None
    reason: str | None = None
    expires_at: str | None = None


@frozen(kw_only=True)
class LimitsEvent:
    """``{"action": "limits"}``, with the limits that are to ``set``, or without."""

    action: str
    set: dict[str, int | None] | None = None
    idempotency_key: str | None = None
    actor: str | None = None
    reason: str | None = None
    expires_at: str | None = None


def halt_command(event: Mapping[str, Any], *, request_id: str, source: str) -> HaltCommand:
    """The command of a halt event. Raises InvalidRequest, naming the field."""
    request = read_event(event, HaltEvent)
    return HaltCommand(
        campaign_type=request.campaign_type,
        reason=request.reason,
        cursor=request.cursor,
        idempotency_key=_key(request, request_id),
        expires_at=instant(request.expires_at, "expiresAt"),
        origin=_origin(request, request_id, source),
    )


def unhalt_command(event: Mapping[str, Any], *, request_id: str, source: str) -> UnhaltCommand:
    """The command of an unhalt event. Raises InvalidRequest, naming the field."""
    request = read_event(event, UnhaltEvent)
    return UnhaltCommand(
        campaign_type=request.campaign_type,
        idempotency_key=_key(request, request_id),
        expires_at=instant(request.expires_at, "expiresAt"),
        origin=_origin(request, request_id, source),
    )


def limits_command(event: Mapping[str, Any], *, request_id: str, source: str) -> LimitsCommand | None:
    """The command of a limits event; None when it only asks. Raises InvalidRequest, naming the field."""
    request = read_event(event, LimitsEvent)
    if "set" not in event:
        return None
    if request.set is None:
        raise InvalidRequest(field="set", value=None, allowed="a limit for at least one pool, or absent")
    return LimitsCommand(
        limits=request.set,
        idempotency_key=_key(request, request_id),
        expires_at=instant(request.expires_at, "expiresAt"),
        origin=_origin(request, request_id, source),
    )


def _key(request: HaltEvent | UnhaltEvent | LimitsEvent, request_id: str) -> str:
    return request_id if request.idempotency_key is None else request.idempotency_key


def _origin(request: HaltEvent | UnhaltEvent | LimitsEvent, request_id: str, source: str) -> Origin:
    return Origin(
        source=source,
        actor=printable(request.actor, "actor"),
        request_id=request_id,
        reason=printable(request.reason, "reason"),
    )
