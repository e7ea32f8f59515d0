"""Direct events become commands and queries."""

import re
from collections.abc import Mapping
from datetime import datetime
from functools import cache
from typing import Any, TypeVar

from attrs import frozen
from cattrs import AttributeValidationNote, ClassValidationError, Converter, ForbiddenExtraKeysError

from orchestrator_adapters.wire.camel_case import camel_case, camel_case_converter
from orchestrator_domain.campaign import Action
from orchestrator_domain.commands import ActionCommand, HistoryQuery, Origin, ReconcileCommand, StatusQuery
from orchestrator_domain.errors import InvalidAction, InvalidRequest
from orchestrator_domain.shown_values import harmless

STATUS, HISTORY, RECONCILE = "status", "history", "reconcile"
HALT, UNHALT, LIMITS = "halt", "unhalt", "limits"
POOL_ACTIONS = (HALT, UNHALT, LIMITS)
LIST = "list"
OTHER_REQUESTS = (STATUS, HISTORY, LIST, RECONCILE)
KNOWN_ACTIONS = (*(action.value for action in Action), STATUS, HISTORY, RECONCILE, *POOL_ACTIONS, LIST)
LONGEST_TEXT = 500
INSTANT_PATTERN = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d:\d\d)", re.ASCII)
"""RFC 3339, and without seconds too (https://www.rfc-editor.org/rfc/rfc3339#section-5.6)."""
ALLOWED = {
    "campaignIds": "a list of strings",
    "statuses": "a list of strings",
    "campaignTypes": "a list of strings",
    "limit": "a whole number from 1 to 1000",
    "cursor": "the cursor of an earlier answer",
    "dryRun": "true or false",
    "set": "an object with the limit of each pool that is to change: a whole number, or null for the default",
    "expiresAt": "an instant of RFC 3339, with its offset from UTC",
}
_Shape = TypeVar("_Shape")


@frozen(kw_only=True)
class ActionEvent:
    """``{"campaignId": ..., "action": "start"}``, and what may accompany it."""

    campaign_id: str
    action: str
    idempotency_key: str | None = None
    actor: str | None = None
    reason: str | None = None
    expires_at: str | None = None


@frozen(kw_only=True)
class StatusEvent:
    """``{"action": "status"}``, with ``campaignId`` or ``campaignIds`` or neither."""

    action: str
    campaign_id: str | None = None
    campaign_ids: list[str] | None = None


@frozen(kw_only=True)
class HistoryEvent:
    """``{"action": "history", "campaignId": ...}``."""

    action: str
    campaign_id: str


@frozen(kw_only=True)
class ReconcileEvent:
    """``{"action": "reconcile"}``, with the cursor of an earlier answer, a limit, and whether it is a dry run."""

    action: str
    limit: int = 100
    cursor: dict[str, str | None] | None = None
    dry_run: bool = False
    actor: str | None = None


@cache
def _converter() -> Converter:
    return camel_case_converter()


def action_of(event: Mapping[str, Any]) -> str:
    """The event's action; raises InvalidAction for anything but the known ones."""
    action = event.get("action")
    if not isinstance(action, str) or action not in KNOWN_ACTIONS:
        raise InvalidAction(value=action, allowed=KNOWN_ACTIONS)
    return action


def action_command(event: Mapping[str, Any], *, request_id: str, source: str) -> ActionCommand:
    """The command of a direct event. Without a key of its own it has the invocation's request id.

    Raises:
        InvalidRequest: names the field.
    """
    request = read_event(event, ActionEvent)
    return ActionCommand(
        campaign_id=request.campaign_id,
        action=Action(request.action),
        idempotency_key=request.idempotency_key if request.idempotency_key is not None else request_id,
        origin=Origin(
            source=source,
            actor=printable(request.actor, "actor"),
            request_id=request_id,
            reason=printable(request.reason, "reason"),
        ),
        expires_at=instant(request.expires_at, "expiresAt"),
    )


def status_query(event: Mapping[str, Any]) -> StatusQuery:
    """The query of a status event.

    Raises:
        InvalidRequest: names the field.
    """
    request = read_event(event, StatusEvent)
    if request.campaign_id is not None and request.campaign_ids is not None:
        raise InvalidRequest(field="campaignIds", value=request.campaign_ids, allowed="absent beside campaignId")
    if request.campaign_id is not None:
        return StatusQuery(campaign_ids=(request.campaign_id,))
    if request.campaign_ids is not None and not request.campaign_ids:
        raise InvalidRequest(field="campaignIds", value=request.campaign_ids, allowed="1 to 25 ids")
    return StatusQuery(campaign_ids=tuple(request.campaign_ids or ()))


def history_query(event: Mapping[str, Any]) -> HistoryQuery:
    """The query of a history event. Raises InvalidRequest, naming the field."""
    return HistoryQuery(campaign_id=read_event(event, HistoryEvent).campaign_id)


def reconcile_command(event: Mapping[str, Any], *, request_id: str) -> ReconcileCommand:
    """The command of a reconcile event. Raises InvalidRequest, naming the field."""
    request = read_event(event, ReconcileEvent)
    return ReconcileCommand(
        origin=Origin(source="reconcile", actor=printable(request.actor, "actor"), request_id=request_id),
        limit=request.limit,
        cursor=request.cursor,
        dry_run=request.dry_run,
    )


def printable(value: str | None, field: str) -> str | None:
    """A text for the audit trail, as it is. Raises InvalidRequest when it is empty, long, or not printable."""
    if value is None:
        return None
    if not 1 <= len(value) <= LONGEST_TEXT or not value.isprintable():
        allowed = f"1 to {LONGEST_TEXT} printable characters"
        raise InvalidRequest(field=field, value=value, allowed=allowed)
    return value


def instant(value: str | None, field: str) -> datetime | None:
    """An instant with its offset from UTC. Raises InvalidRequest."""
    if value is None:
        return None
    try:
        if INSTANT_PATTERN.fullmatch(value):
            return datetime.fromisoformat(value)
    except ValueError:
        pass
    raise InvalidRequest(field=field, value=value, allowed=ALLOWED[field])


def read_event(event: Mapping[str, Any], shape: type[_Shape]) -> _Shape:
    """The event in the attrs class ``shape``. Raises InvalidRequest, naming the first field that does not fit."""
    try:
        return _converter().structure(event, shape)
    except ClassValidationError as invalid:
        raise _first_complaint(invalid, event) from None


def _first_complaint(invalid: ClassValidationError, event: Mapping[str, Any]) -> InvalidRequest:
    complaint = invalid.exceptions[0]
    if isinstance(complaint, ForbiddenExtraKeysError):
        unknown = sorted(complaint.extra_fields)[0]
        return InvalidRequest(field=harmless(unknown), value=event[unknown], allowed="absent; the field is unknown")
    if isinstance(complaint, KeyError):
        return InvalidRequest(field=str(complaint.args[0]), value=None, allowed="given")
    notes = [note for note in getattr(complaint, "__notes__", ()) if isinstance(note, AttributeValidationNote)]
    field = camel_case(notes[0].name) if notes else "event"
    return InvalidRequest(field=field, value=event.get(field), allowed=_allowed(field))


def _allowed(field: str) -> str:
    return ALLOWED.get(field, "a string")
