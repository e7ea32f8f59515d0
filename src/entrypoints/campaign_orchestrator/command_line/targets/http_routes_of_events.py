"""Which HTTP request asks for the same as a direct request."""

import json
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import quote, urlencode

from attrs import frozen

from campaign_orchestrator.command_line.failures import WrongUse
from orchestrator_adapters.wire.http_routes import CAMPAIGN, KEY_HEADER, ROUTES, HttpRoute

TOLD_OTHERWISE: Final = frozenset({"action", "actor", "idempotencyKey"})
"""By the path, by the gateway's authorizer, and by a header."""


@frozen(kw_only=True)
class HttpAsking:
    """A request to an address that ``path`` is added to."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes | None


def http_asking(event: Mapping[str, Any]) -> HttpAsking:
    """The request that asks for what ``event`` asks for.

    Raises:
        WrongUse: the HTTP API has no such request.
    """
    fields = {name: value for name, value in event.items() if name not in TOLD_OTHERWISE}
    for route in ROUTES:
        if route.action == event["action"] and _fits(route, fields):
            return _of_route(route, fields, event.get("idempotencyKey"))
    raise WrongUse(
        f"the HTTP API has no request for {event['action']} with {', '.join(sorted(fields)) or 'nothing'}"
    )


def _fits(route: HttpRoute, fields: Mapping[str, Any]) -> bool:
    in_path = {"campaignId"} if CAMPAIGN in route.segments else set()
    return in_path <= fields.keys() and fields.keys() <= in_path | route.query | route.body


def _of_route(route: HttpRoute, fields: Mapping[str, Any], key: str | None) -> HttpAsking:
    path = route.path.replace(CAMPAIGN, quote(str(fields.get("campaignId", "")), safe=""))
    query = {name: value for name, value in fields.items() if name in route.query}
    body = {name: value for name, value in fields.items() if name in route.body}
    headers = {"Content-Type": "application/json"} if body else {}
    if key is not None and route.keyed:
        headers[KEY_HEADER] = key
    return HttpAsking(
        method=route.method,
        path=f"{path}?{urlencode(query, doseq=True)}" if query else path,
        headers=headers,
        body=json.dumps(body).encode() if body else None,
    )
