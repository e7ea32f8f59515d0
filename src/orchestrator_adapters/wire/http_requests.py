"""HTTP requests, as API Gateway and load balancers wrap them into events."""

import base64
import binascii
from collections.abc import Mapping, Sequence
from typing import Any, Final
from urllib.parse import parse_qsl, unquote

from attrs import frozen

from orchestrator_adapters.wire.http_callers import ClaimNames, caller_of
from orchestrator_domain.authorization import Caller
from orchestrator_domain.errors import InvalidRequest
from orchestrator_domain.shown_values import harmless

MOST_BODY_BYTES: Final = 16_384
"""The largest body that has a meaning is a fraction of it."""
MOST_QUERY_FIELDS: Final = 100


class BodyTooLarge(ValueError):
    """The body has more than MOST_BODY_BYTES bytes."""


@frozen(kw_only=True)
class HttpRequest:
    """A request, whoever has wrapped it.

    Attributes:
        segments: the path behind the stage and base path, split at its slashes, each segment decoded once.
        headers: values by name, the name in lower case.
        query: decoded names and values, in their order.
        caller: who was authenticated by the gateway's authorizer. Nothing else of a request tells it.
    """

    method: str
    segments: Sequence[str]
    headers: Mapping[str, Sequence[str]]
    query: Sequence[tuple[str, str]]
    body: bytes
    caller: Caller


def wants_multi_value_headers(event: Mapping[str, Any]) -> bool:
    """Whether a load balancer sent ``event`` that reads no other answer. A request that cannot be read is answered
    too, so this is told of the event, which is one by its shape and may be malformed otherwise."""
    return "elb" in event["requestContext"] and "multiValueHeaders" in event


def http_request(event: Mapping[str, Any], claim_names: ClaimNames) -> HttpRequest:
    """The request in an event that is one by its shape.

    Raises:
        InvalidRequest: the path, the query or the body is not UTF-8, or the event is malformed.
        BodyTooLarge: the body has more than MOST_BODY_BYTES bytes.
    """
    context = event["requestContext"]
    is_second_format = "rawPath" in event
    method = _text(_mapping(context, "http"), "method") if is_second_format else _text(event, "httpMethod")
    return HttpRequest(
        method=method,
        segments=_segments(event, context, is_second_format),
        headers=_headers(event),
        query=_query(event, context, is_second_format),
        body=_body(event),
        caller=caller_of(context, claim_names),
    )


def _segments(event: Mapping[str, Any], context: Mapping[str, Any], is_second_format: bool) -> Sequence[str]:
    """A stage or the base path of a custom domain may precede the path; the gateway's own route tells where the API
    begins. HTTP APIs hand over a decoded path, in both formats (which the first one shows by its ``version``); REST
    APIs and load balancers hand it over as it was sent."""
    path = _text(event, "rawPath" if is_second_format else "path")
    route = event.get("routeKey", "$default") if is_second_format else event.get("resource")
    segments = path.split("/")[1:]
    if isinstance(route, str) and "/" in route and "+}" not in route:
        segments = segments[-route.count("/") :]
    elif is_second_format and segments and segments[0] == context.get("stage"):
        segments = segments[1:]
    if is_second_format or "version" in event:
        return tuple(segments)
    return tuple(_decoded(segment, "path") for segment in segments)


def _headers(event: Mapping[str, Any]) -> Mapping[str, Sequence[str]]:
    collected: dict[str, list[str]] = {}
    several = event.get("multiValueHeaders")
    for name, values in _mapping(event, "multiValueHeaders" if several else "headers").items():
        collected.setdefault(str(name).lower(), []).extend(_texts(values, f"header {harmless(str(name))}"))
    return collected


def _query(
    event: Mapping[str, Any], context: Mapping[str, Any], is_second_format: bool
) -> Sequence[tuple[str, str]]:
    if is_second_format:
        text = _text(event, "rawQueryString", default="")
        try:
            return parse_qsl(text, keep_blank_values=True, errors="strict", max_num_fields=MOST_QUERY_FIELDS)
        except ValueError:
            allowed = f"UTF-8, and at most {MOST_QUERY_FIELDS} fields"
            raise InvalidRequest(field="query", value=f"{len(text)} characters", allowed=allowed) from None
    several = event.get("multiValueQueryStringParameters")
    named = _mapping(event, "multiValueQueryStringParameters" if several else "queryStringParameters")
    pairs = [
        (str(name), value)
        for name, values in named.items()
        for value in _texts(values, f"query {harmless(str(name))}")
    ]
    if len(pairs) > MOST_QUERY_FIELDS:
        allowed = f"at most {MOST_QUERY_FIELDS} fields"
        raise InvalidRequest(field="query", value=f"{len(pairs)} fields", allowed=allowed)
    if "elb" not in context:
        return pairs
    # A load balancer hands the query over as it was sent.
    return [
        (_decoded(name.replace("+", " "), "query"), _decoded(value.replace("+", " "), "query"))
        for name, value in pairs
    ]


def _body(event: Mapping[str, Any]) -> bytes:
    body = _text(event, "body", default="")
    is_encoded = event.get("isBase64Encoded")
    if is_encoded is not None and not isinstance(is_encoded, bool):
        raise InvalidRequest(field="isBase64Encoded", value=is_encoded, allowed="true, false or absent")
    if not is_encoded:
        encoded = body.encode(errors="surrogatepass")
    elif len(body) > 2 * MOST_BODY_BYTES:
        raise BodyTooLarge
    else:
        try:
            encoded = base64.b64decode(body, validate=True)
        except (binascii.Error, ValueError):
            raise InvalidRequest(field="body", value="text", allowed="base64 as isBase64Encoded says") from None
    if len(encoded) > MOST_BODY_BYTES:
        raise BodyTooLarge
    return encoded


def _decoded(text: str, field: str) -> str:
    try:
        return unquote(text, errors="strict")
    except UnicodeDecodeError:
        raise InvalidRequest(field=field, value=text, allowed="UTF-8, percent-encoded") from None


def _mapping(event: Mapping[str, Any], field: str) -> Mapping[str, Any]:
    value = event.get(field)
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        raise InvalidRequest(field=field, value=value, allowed="an object")
    return value


def _text(event: Mapping[str, Any], field: str, *, default: str | None = None) -> str:
    value = event.get(field)
    if value is None and default is not None:
        return default
    if not isinstance(value, str):
        raise InvalidRequest(field=field, value=value, allowed="a string")
    return value


def _texts(values: object, field: str) -> Sequence[str]:
    several = values if isinstance(values, list) else [values]
    texts = [value for value in several if isinstance(value, str)]
    if len(texts) != len(several):
        raise InvalidRequest(field=field, value=values, allowed="strings")
    return texts
