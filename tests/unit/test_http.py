"""The HTTP door: what is asked, and the status that it is answered with."""

import base64
import json
from collections.abc import Iterator
from typing import Any

import pytest

from asking.orchestra import Orchestra
from orchestrator_adapters.wire.http_requests import MOST_BODY_BYTES
from orchestrator_adapters.wire.http_responses import STATUS_OF_CODE
from orchestrator_domain.errors import OrchestratorError
from orchestrator_domain.ports.run_claims import Claim

JSON = {"Content-Type": "application/json"}


def event(method: str, path: str, body: str | None = None, headers: Any = None, /, **more: Any) -> dict[str, Any]:
    return {
        "resource": "/{proxy+}",
        "path": path,
        "httpMethod": method,
        "headers": JSON if headers is None else headers,
        "queryStringParameters": None,
        "requestContext": {"stage": "prod"},
        "body": body,
        "isBase64Encoded": False,
        **more,
    }


def asked(orchestra: Orchestra, *args: Any, **more: Any) -> tuple[int, dict[str, Any], dict[str, str]]:
    response = orchestra.send(event(*args, **more))
    return response["statusCode"], json.loads(response["body"]), response["headers"]


def codes_below(cls: type[OrchestratorError]) -> Iterator[str]:
    for child in cls.__subclasses__():
        if "code" in vars(child):
            yield child.code
        yield from codes_below(child)


def test_every_error_has_a_status() -> None:
    assert set(STATUS_OF_CODE) == set(codes_below(OrchestratorError))
    assert 500 not in STATUS_OF_CODE.values()


START = "/campaigns/c/start"
REFUSED: list[tuple[int, str, tuple[Any, ...]]] = [
    (404, "campaign_not_found", ("POST", "/campaigns/nobody/start")),
    (404, "not_found", ("GET", "/campaign")),
    (405, "method_not_allowed", ("POST", "/campaigns")),
    (404, "not_found", ("GET", "/campaigns/c/start/now")),
    (404, "not_found", ("GET", "/status/")),
    (405, "method_not_allowed", ("GET", START)),
    (405, "method_not_allowed", ("DELETE", "/campaigns/c")),
    (400, "invalid_request", ("POST", "/campaigns//start")),
    (400, "invalid_request", ("POST", "/campaigns/a%0Ab/start")),
    (400, "invalid_request", ("POST", "/campaigns/a%2Fb/start")),
    (400, "invalid_request", ("POST", "/campaigns/%2563/start")),
    (400, "invalid_request", ("POST", "/campaigns/%ff/start")),
    (400, "invalid_request", ("GET", "/campaigns/" + "x" * 65)),
    (400, "invalid_request", ("POST", START, "{")),
    (400, "invalid_request", ("POST", START, "[]")),
    (400, "invalid_request", ("POST", START, " ")),
    (400, "invalid_request", ("POST", START, "null")),
    (400, "invalid_request", ("POST", START, '{"reason": "a", "reason": "b"}')),
    (400, "invalid_request", ("POST", "/reconcile", '{"limit": NaN}')),
    (400, "invalid_request", ("POST", "/reconcile", '{"limit": ' + "9" * 5_000 + "}")),
    (400, "invalid_request", ("POST", START, "[" * 10_000)),
    (400, "invalid_request", ("POST", START, '{"reason": "\\ud800"}')),
    (400, "invalid_request", ("POST", START, '{"reason": "\ud800"}')),
    (400, "invalid_request", ("POST", START, '{"campaignId": "other"}')),
    (400, "invalid_request", ("POST", START, '{"actor": "somebody else"}')),
    (400, "invalid_request", ("GET", "/campaigns/c", "{}")),
    (400, "invalid_request", ("POST", START, None, {"Idempotency-Key": "a b"})),
    (413, "payload_too_large", ("POST", START, " " * (MOST_BODY_BYTES + 1))),
    (413, "payload_too_large", ("POST", START, "[" * 6_000_000)),
    (415, "unsupported_media_type", ("POST", START, "{}", {"content-type": "text/plain"})),
    (415, "unsupported_media_type", ("POST", START, "{}", {"content-type": "application/json; charset=latin-1"})),
    (415, "unsupported_media_type", ("POST", START, "{}", {})),
]


@pytest.mark.parametrize(("status", "code", "request_"), REFUSED, ids=lambda value: str(value)[:60])
def test_what_is_refused_has_a_status_a_code_and_no_effect(
    status: int, code: str, request_: tuple[Any, ...]
) -> None:
    orchestra = Orchestra()
    orchestra.put("c")
    answered, body, headers = asked(orchestra, *request_)
    assert (answered, body["errorCode"], body["success"]) == (status, code, False)
    assert body["message"].isprintable()
    assert body["retryable"] is False
    assert "Retry-After" not in headers
    assert ("Allow" in headers) == (status == 405)
    assert not orchestra.store.runs


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"queryStringParameters": {"campaignIDs": "c"}}, "query"),
        ({"multiValueQueryStringParameters": {"campaignIds": ["a", "b,c"]}}, "campaignIds"),
        ({"multiValueHeaders": {"accept": [1]}}, "header accept"),
        ({"headers": "many"}, "headers"),
        ({"body": 5}, "body"),
        ({"body": "@", "isBase64Encoded": True}, "body"),
        ({"httpMethod": None}, "httpMethod"),
        ({"path": None}, "path"),
    ],
)
def test_a_malformed_event_is_refused_naming_the_field(more: dict[str, Any], field: str) -> None:
    status, body, _ = asked(Orchestra(), "GET", "/status", **more)
    assert (status, body["errorCode"], body["field"]) == (400, "invalid_request", field)


@pytest.mark.parametrize("headers", [JSON, {"CONTENT-TYPE": 'Application/JSON; charset="UTF-8"'}])
def test_a_body_in_base64_is_read(headers: dict[str, str]) -> None:
    orchestra = Orchestra()
    orchestra.put("c")
    body = base64.b64encode('{"reason": "für später"}'.encode()).decode()
    status, _, _ = asked(orchestra, "POST", START, body, headers, isBase64Encoded=True)
    assert status == 200
    assert orchestra.ask("history", "c")["history"][0]["reason"] == "für später"


def test_an_id_is_decoded_once() -> None:
    orchestra = Orchestra()
    orchestra.put("campaign_1")
    assert asked(orchestra, "GET", "/campaigns/%63ampaign%5F1")[0] == 200


def test_a_full_pool_is_429_and_tells_when_to_come_again() -> None:
    orchestra = Orchestra({"MAX_CONCURRENT_VOICE_CAMPAIGNS": "0"})
    orchestra.put("c")
    status, body, headers = asked(orchestra, "POST", START)
    assert (status, body["errorCode"]) == (429, "resource_limit_reached")
    assert headers["Retry-After"] == str(body["retryAfterSeconds"])


def test_a_state_that_does_not_allow_it_is_409_and_a_key_of_another_action_422() -> None:
    orchestra = Orchestra()
    orchestra.put("c")
    keyed = {"Idempotency-Key": "k"}
    assert asked(orchestra, "POST", START, None, keyed)[0] == 200
    assert asked(orchestra, "POST", START, None, keyed)[0] == 200
    assert asked(orchestra, "POST", START)[0] == 409
    status, body, _ = asked(orchestra, "POST", "/campaigns/c/pause", None, keyed)
    assert (status, body["errorCode"]) == (422, "idempotency_key_reused")


def test_two_keys_are_none() -> None:
    orchestra = Orchestra()
    orchestra.put("c")
    several = {"Idempotency-Key": ["a", "b"]}
    status, body, _ = asked(orchestra, "POST", START, multiValueHeaders=several)
    assert (status, body["field"]) == (400, "Idempotency-Key")


def test_a_pause_that_has_not_come_to_rest_is_202() -> None:
    orchestra = Orchestra()
    orchestra.put("s", "sms")
    orchestra.ask("start", "s")
    claim = orchestra.claim(orchestra.run("s"))
    assert isinstance(claim, Claim)
    orchestra.claims().begin_batch(claim, lease_seconds=30.0, size=5)
    status, body, _ = asked(orchestra, "POST", "/campaigns/s/pause")
    assert (status, body["success"], body["runState"]) == (202, True, "stopping")


def test_status_takes_ids() -> None:
    orchestra = Orchestra()
    orchestra.put("a")
    status, body, _ = asked(
        orchestra, "GET", "/status", multiValueQueryStringParameters={"campaignIds": ["a", "b"]}
    )
    assert status == 200
    assert [one["success"] for one in body["campaigns"].values()] == [True, False]


def test_an_http_api_has_decoded_the_path_already() -> None:
    orchestra = Orchestra()
    orchestra.put("campaign_1")
    second = {
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": "/prod/campaigns/%63ampaign_1",
        "rawQueryString": "",
        "requestContext": {"stage": "prod", "http": {"method": "GET"}},
    }
    assert orchestra.send(second)["statusCode"] == 400
    assert orchestra.send(second | {"rawPath": "/prod/campaigns/campaign_1"})["statusCode"] == 200


def test_a_load_balancer_leaves_the_query_encoded() -> None:
    balanced = {"requestContext": {"elb": {}}, "multiValueQueryStringParameters": {"campaign%49ds": ["%61"]}}
    status, body, _ = asked(Orchestra(), "GET", "/status", **balanced)
    assert (status, list(body["campaigns"])) == (200, ["a"])
