"""Direct events become commands.

What an action needs is read by hand: a cold start pays for no converter.
"""

import re
from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any, Final

from orchestrator_domain.campaign import Action
from orchestrator_domain.commands import ActionCommand, Origin
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
NEEDED_BY_AN_ACTION: Final = ("campaignId", "action")
FIELDS_OF_AN_ACTION: Final = dict.fromkeys((*NEEDED_BY_AN_ACTION, "idempotencyKey", "actor", "reason", "expiresAt"))
"""In the order in which they are complained of."""


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
    _require_text_only(event)
    key, actor, reason = event.get("idempotencyKey"), event.get("actor"), event.get("reason")
    return ActionCommand(
        campaign_id=event["campaignId"],
        action=Action(event["action"]),
        idempotency_key=key if key is not None else request_id,
        origin=Origin(
            source=source,
            actor=printable(actor, "actor"),
            request_id=request_id,
            reason=printable(reason, "reason"),
        ),
        expires_at=instant(event.get("expiresAt"), "expiresAt"),
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


def field_missing(field: str) -> InvalidRequest:
    """The complaint about a field that must be there."""
    return InvalidRequest(field=field, value=None, allowed="given")


def field_of_another_kind(event: Mapping[str, Any], field: str) -> InvalidRequest:
    """The complaint about a field whose value is no such value at all."""
    return InvalidRequest(field=field, value=event.get(field), allowed=ALLOWED.get(field, "a string"))


def field_unknown(event: Mapping[str, Any], unknown: Collection[str]) -> InvalidRequest:
    """The complaint about fields that no such event has: the first of them."""
    first = sorted(unknown)[0]
    return InvalidRequest(field=harmless(first), value=event[first], allowed="absent; the field is unknown")


def _require_text_only(event: Mapping[str, Any]) -> None:
    """Raise InvalidRequest unless the event has the fields of an action, all of them texts, and no other."""
    for field in FIELDS_OF_AN_ACTION:
        if field not in event:
            if field in NEEDED_BY_AN_ACTION:
                raise field_missing(field)
            continue
        value = event[field]
        if not isinstance(value, str) and (value is not None or field in NEEDED_BY_AN_ACTION):
            raise field_of_another_kind(event, field)
    if unknown := event.keys() - FIELDS_OF_AN_ACTION:
        raise field_unknown(event, unknown)
