"""The HTTP API as a table: what each route asks for. ``deploy/openapi.yaml`` documents the same routes."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from attrs import frozen

from orchestrator_adapters.wire import strict_json
from orchestrator_adapters.wire.http_requests import HttpRequest
from orchestrator_adapters.wire.requests import HALT, HISTORY, LIMITS, LIST, RECONCILE, STATUS, UNHALT
from orchestrator_domain.authorization import CHANGE_LIMITS
from orchestrator_domain.campaign import Action
from orchestrator_domain.commands import require_campaign_id
from orchestrator_domain.errors import InvalidRequest

CAMPAIGN: Final = "{campaignId}"
KEY_HEADER: Final = "idempotency-key"
GIVEN_ONCE: Final = frozenset({"limit", "cursor"})
LONGEST_NUMBER: Final = 10
UTF_8: Final = ("charset=utf-8", 'charset="utf-8"', "")


class HttpRefusal(Exception):
    """The request is none that the API knows. It has a code of its own, because no direct event can meet it."""

    def __init__(
        self,
        *,
        status: int,
        code: str,
        message: str,
        field: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        self.status, self.code, self.message, self.field, self.headers = status, code, message, field, headers or {}
        super().__init__(message)


@frozen(kw_only=True)
class HttpRoute:
    """``query`` and ``body`` name the fields that they may have, ``needed`` those that the body must have;
    ``keyed``: an Idempotency-Key has a meaning."""

    method: str
    path: str
    action: str
    query: frozenset[str] = frozenset()
    body: frozenset[str] = frozenset()
    needed: frozenset[str] = frozenset()
    keyed: bool = False

    @property
    def authorized_as(self) -> str:
        """The action, as authorization knows it."""
        return CHANGE_LIMITS if (self.action, self.method) == (LIMITS, "POST") else self.action

    @property
    def segments(self) -> Sequence[str]:
        return self.path.split("/")[1:]

    def leads_to(self, segments: Sequence[str]) -> bool:
        """Whether the path is this route's, whatever the campaign's id."""
        return len(segments) == len(self.segments) and all(
            mine in (CAMPAIGN, given) for mine, given in zip(self.segments, segments, strict=True)
        )


ROUTES: Final = (
    *(
        HttpRoute(
            method="POST",
            path=f"/campaigns/{CAMPAIGN}/{action.value}",
            action=action.value,
            body=frozenset({"reason"}),
            keyed=True,
        )
        for action in Action
    ),
    HttpRoute(method="GET", path=f"/campaigns/{CAMPAIGN}", action=STATUS),
    HttpRoute(method="GET", path=f"/campaigns/{CAMPAIGN}/history", action=HISTORY),
    HttpRoute(
        method="GET",
        path="/campaigns",
        action=LIST,
        query=frozenset({"statuses", "campaignTypes", "limit", "cursor"}),
    ),
    HttpRoute(method="GET", path="/status", action=STATUS, query=frozenset({"campaignIds"})),
    HttpRoute(
        method="POST",
        path="/halt",
        action=HALT,
        body=frozenset({"campaignType", "reason", "cursor"}),
        needed=frozenset({"campaignType", "reason"}),
        keyed=True,
    ),
    HttpRoute(
        method="POST",
        path="/unhalt",
        action=UNHALT,
        body=frozenset({"campaignType", "reason"}),
        needed=frozenset({"campaignType"}),
        keyed=True,
    ),
    HttpRoute(method="GET", path="/limits", action=LIMITS),
    HttpRoute(
        method="POST",
        path="/limits",
        action=LIMITS,
        body=frozenset({"set", "reason"}),
        needed=frozenset({"set"}),
        keyed=True,
    ),
    HttpRoute(method="POST", path="/reconcile", action=RECONCILE, body=frozenset({"limit", "cursor", "dryRun"})),
)


def direct_event(request: HttpRequest, route: HttpRoute) -> dict[str, Any]:
    """The direct event that asks for the same as ``request``.

    Raises:
        HttpRefusal: a body that is no JSON by its content type.
        InvalidRequest: names the field.
    """
    asked: dict[str, Any] = {"action": route.action}
    if CAMPAIGN in route.segments:
        asked["campaignId"] = request.segments[route.segments.index(CAMPAIGN)]
    asked |= _query(request, route)
    asked |= _body(request, route)
    for name in sorted(route.needed - asked.keys()):
        raise InvalidRequest(field=name, value=None, allowed="given")
    if route.method == "POST" and request.caller.name is not None:
        asked["actor"] = request.caller.name
    if route.keyed and (key := _key(request)) is not None:
        asked["idempotencyKey"] = key
    return asked


def route_of(request: HttpRequest) -> HttpRoute:
    """Where ``request`` leads. Raises HttpRefusal: no such path, or another method."""
    on_this_path = [route for route in ROUTES if route.leads_to(request.segments)]
    if not on_this_path:
        known = ", ".join(sorted({route.path for route in ROUTES}))
        raise HttpRefusal(status=404, code="not_found", message=f"there is no such path; there are {known}")
    for route in on_this_path:
        if route.method == request.method:
            return route
    allowed = ", ".join(sorted(route.method for route in on_this_path))
    raise HttpRefusal(
        status=405,
        code="method_not_allowed",
        message=f"the path takes {allowed}",
        headers={"Allow": allowed},
    )


def _query(request: HttpRequest, route: HttpRoute) -> dict[str, Any]:
    asked: dict[str, Any] = {}
    for name, value in request.query:
        if name not in route.query:
            raise InvalidRequest(field="query", value=name, allowed=_only(route.query))
        if name in GIVEN_ONCE and name in asked:
            raise InvalidRequest(field=name, value="several values", allowed="given once")
        if name == "campaignIds":
            require_campaign_id(value, field=name)
        if name in GIVEN_ONCE:
            asked[name] = _number(value) if name == "limit" else value
        else:
            asked.setdefault(name, []).append(value)
    return asked


def _number(value: str) -> int | str:
    """The number, or what is none as it is: it is refused with all that is wrong about a limit."""
    return int(value) if value.isascii() and value.isdigit() and len(value) < LONGEST_NUMBER else value


def _body(request: HttpRequest, route: HttpRoute) -> dict[str, Any]:
    if not request.body:
        return {}
    if route.method == "GET":
        raise InvalidRequest(field="body", value=f"{len(request.body)} bytes", allowed="absent")
    _require_json(request)
    read = strict_json.read_object(request.body, field="body")
    for name in read:
        if name not in route.body:
            raise InvalidRequest(field="body", value=name, allowed=_only(route.body))
    return read


def _require_json(request: HttpRequest) -> None:
    kind, *parameters = [
        part.strip().lower() for part in ";".join(request.headers.get("content-type", ())).split(";")
    ]
    if kind != "application/json" or any(one not in UTF_8 for one in parameters):
        raise HttpRefusal(
            status=415,
            code="unsupported_media_type",
            message="a body must have the content type application/json, in UTF-8",
            field="Content-Type",
        )


def _key(request: HttpRequest) -> str | None:
    keys = request.headers.get(KEY_HEADER, ())
    if len(set(keys)) > 1:
        raise InvalidRequest(field="Idempotency-Key", value=f"{len(keys)} keys", allowed="given once")
    return keys[0] if keys else None


def _only(names: frozenset[str]) -> str:
    return f"without other fields than {', '.join(sorted(names))}" if names else "without any field"
