"""What nobody should send: values in the wrong place, and ways to bend an event that was right."""

import json
import random
from typing import Any, Final

CANARY: Final = "+49 151 canary"
"""Looks like a telephone number, and is the valid value of no field but a reason, an actor and a name."""

MOST_DEPTH: Final = 40


def nested(levels: int) -> Any:
    value: Any = {}
    for number in range(levels):
        value = {"a": value} if number % 2 else [value]
    return value


HOSTILE: Final[tuple[Any, ...]] = (
    *(None, True, False, 0, -1, 1, 2**31, 2**63, 10**30, -(10**400), 0.5, 1e308, float("nan"), float("inf")),
    *("", " ", CANARY, "a\nb", 'x"}\n{"level": "INFO"', "\x00", "\x1b[31m", "\u2028", "\ud800", "\U0001f600"),
    *("{voice}", "a:b", "a/b", "../..", "arn:aws:states:::x", "x" * 64, "x" * 65, "x" * 300, "x" * 20_000),
    *("all", "voice", "sms", "start", "status", "halt", "reconcile", "limits", "aws:sqs", "aws.states"),
    *("2026-01-01T00:00:00Z", "9999-12-31T23:59:59-23:59", "0001-01-01T00:00:00+23:59", "2026-13-01T00:00:00Z"),
    *("GET", "POST", "/", "/campaigns/c", "/campaigns/c/start", "//", "%ff", "%00", "{", "[" * 5_000, "NaN"),
    *('{"action": "start", "action": "stop"}', '{"limit": NaN}', '{"limit": 1e999}', '{"limit": ' + "9" * 99 + "}"),
    *([], {}, [CANARY], {CANARY: CANARY}, {"": None}, {"voice": None}, nested(MOST_DEPTH), ["c"] * 26),
)
FIELDS: Final = (
    *("action", "campaignId", "campaignIds", "idempotencyKey", "actor", "reason", "expiresAt", "campaignType"),
    *("cursor", "set", "limit", "dryRun", "statuses", "campaignTypes", "Records", "requestContext", "http"),
    *("requestPayload", "detail", "name", "body", "httpMethod", "path", "rawPath", "headers", "source"),
    *("detail-type", "eventSource", CANARY, "a\nb", "\ud800", "x" * 1_000, ""),
)


def bent(event: Any, chance: random.Random, *, changes: int) -> Any:
    """``event`` after so many changes: a value replaced, taken away, doubled or moved, a field added or renamed."""
    for _ in range(changes):
        event = _bent_once(event, chance, chance.choice(_places(event)))
    return event


def _places(value: Any, place: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    found = [place]
    if len(place) >= MOST_DEPTH:
        return found
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, one in inner:
        found += _places(one, (*place, key))
    return found


def _bent_once(value: Any, chance: random.Random, place: tuple[Any, ...]) -> Any:
    if place:
        return _replaced(value, chance, place)
    if isinstance(value, dict) and chance.random() < 0.5:
        return {**value, chance.choice(FIELDS): chance.choice(HOSTILE)}
    if isinstance(value, list) and value and chance.random() < 0.5:
        return value + value[: chance.randint(1, 3)]
    if isinstance(value, str) and value.startswith("{") and chance.random() < 0.7:
        return _bent_inside(value, chance)
    if isinstance(value, str) and chance.random() < 0.5:
        cut = chance.randint(0, len(value))
        return value[:cut] + str(chance.choice(("\n", CANARY, "\x00", "\ud800", '"', "}", "%", "é"))) + value[cut:]
    return chance.choice(HOSTILE)


def _bent_inside(text: str, chance: random.Random) -> str:
    """A body that is JSON stays JSON, mostly."""
    try:
        return json.dumps(bent(json.loads(text), chance, changes=chance.randint(1, 2)))
    except (ValueError, RecursionError):
        return text + CANARY


def _replaced(value: Any, chance: random.Random, place: tuple[Any, ...]) -> Any:
    key, *rest = place
    copy = dict(value) if isinstance(value, dict) else list(value)
    kind = chance.random()
    if rest:
        copy[key] = _replaced(copy[key], chance, tuple(rest))
    elif kind < 0.15:
        del copy[key]
    elif kind < 0.25 and isinstance(copy, dict):
        copy[chance.choice(FIELDS)] = copy.pop(key)
    else:
        copy[key] = _bent_once(copy[key], chance, ())
    return copy
