"""Halts and limits by HTTP and by queue: the same commands as by a direct event, with the same effect."""

import json
from typing import Any

import pytest

from asking.orchestra import Orchestra
from orchestrator_domain.ports.run_claims import Claim


@pytest.fixture
def orchestra() -> Orchestra:
    return Orchestra()


def over_http(
    orchestra: Orchestra, method: str, path: str, body: Any = None, *, key: str | None = None, **more: Any
) -> tuple[int, dict[str, Any]]:
    answer = orchestra.send(
        {
            "resource": "/{proxy+}",
            "path": path,
            "httpMethod": method,
            "headers": {"Content-Type": "application/json"} | ({"Idempotency-Key": key} if key else {}),
            "queryStringParameters": None,
            "requestContext": {
                "stage": "prod",
                "authorizer": {"principalId": "Ada", "cognito:groups": "administrator"},
            },
            "body": None if body is None else json.dumps(body),
            "isBase64Encoded": False,
            **more,
        }
    )
    return answer["statusCode"], json.loads(answer["body"])


def over_sqs(
    orchestra: Orchestra, body: dict[str, Any], *, sent: str = "4102444800000", number: int = 1
) -> list[str]:
    record = {
        "messageId": f"message-{number}",
        "body": json.dumps(body),
        "attributes": {"SentTimestamp": sent, "SenderId": "Bob"},
        "eventSource": "aws:sqs",
        "eventSourceARN": "arn:aws:sqs:us-east-1:000000000000:commands",
    }
    answer = orchestra.send({"Records": [record]})
    return [item["itemIdentifier"] for item in answer["batchItemFailures"]]


def halted(orchestra: Orchestra) -> dict[str, bool]:
    return {pool: orchestra.store.is_halted(pool) for pool in ("voice", "sms")}


def test_a_halt_over_http_is_200_when_nothing_is_live_any_more_and_202_before(orchestra: Orchestra) -> None:
    orchestra.put("s", "sms")
    orchestra.ask("start", "s")
    claim = orchestra.claim(orchestra.run("s"))
    assert isinstance(claim, Claim)
    orchestra.claims().begin_batch(claim, lease_seconds=30.0, size=5)
    asked = {"campaignType": "sms", "reason": "an incident"}
    status, body = over_http(orchestra, "POST", "/halt", asked, key="k")
    assert (status, body["complete"], body["pools"]["sms"]["runs"][0]["inFlight"]) == (202, False, 5)
    orchestra.clock.advance(36)
    status, body = over_http(orchestra, "POST", "/halt", asked, key="k")
    assert (status, body["complete"]) == (200, True)
    (row,) = orchestra.store.events["pool:sms"]
    assert (row.origin.actor, row.origin.source) == ("Ada", "http")
    assert over_http(orchestra, "POST", "/unhalt", {"campaignType": "sms"})[0] == 200
    assert halted(orchestra) == {"voice": False, "sms": False}


def test_limits_over_http_are_shown_and_set(orchestra: Orchestra) -> None:
    status, before = over_http(orchestra, "GET", "/limits")
    assert (status, before["pools"]["voice"]["limitSource"]) == (200, "default")
    status, after = over_http(orchestra, "POST", "/limits", {"set": {"voice": 8, "sms": None}, "reason": "more"})
    assert (status, after["pools"]["voice"]["limit"], after["pools"]["sms"]["limitSource"]) == (200, 8, "default")
    (row,) = orchestra.store.events["pool:voice"]
    assert (row.origin.actor, row.origin.reason) == ("Ada", "more")


@pytest.mark.parametrize(
    ("status", "field", "request_"),
    [
        (400, "campaignType", ("POST", "/halt", {"reason": "why"})),
        (400, "reason", ("POST", "/halt", {"campaignType": "all"})),
        (400, "campaignType", ("POST", "/halt")),
        (400, "body", ("POST", "/halt", {"campaignType": "all", "reason": "why", "actor": "somebody else"})),
        (400, "campaignType", ("POST", "/halt", {"campaignType": "fax", "reason": "why"})),
        (400, "campaignType", ("POST", "/unhalt", {})),
        (400, "set", ("POST", "/limits", {})),
        (400, "set", ("POST", "/limits")),
        (400, "set", ("POST", "/limits", {"set": None})),
        (400, "set", ("POST", "/limits", {"set": {"voice": 8, "fax": 1}})),
        (400, "body", ("GET", "/limits", {"set": {"voice": 8}})),
        (405, None, ("PUT", "/limits", {"set": {"voice": 8}})),
        (405, None, ("GET", "/halt")),
    ],
)
def test_what_is_wrong_is_refused_and_has_no_effect(
    orchestra: Orchestra, status: int, field: str | None, request_: tuple[Any, ...]
) -> None:
    answered, body = over_http(orchestra, *request_)
    assert (answered, body["success"], body.get("field")) == (status, False, field)
    assert halted(orchestra) == {"voice": False, "sms": False}
    assert orchestra.ask("limits")["pools"]["voice"]["limitSource"] == "default"


def test_a_query_is_refused_where_there_is_nothing_to_ask_for(orchestra: Orchestra) -> None:
    status, body = over_http(orchestra, "GET", "/limits", queryStringParameters={"set": "voice"})
    assert (status, body["field"]) == (400, "query")


def test_a_key_of_another_request_is_422(orchestra: Orchestra) -> None:
    over_http(orchestra, "POST", "/limits", {"set": {"voice": 8}}, key="k")
    status, body = over_http(orchestra, "POST", "/limits", {"set": {"voice": 9}}, key="k")
    assert (status, body["errorCode"]) == (422, "idempotency_key_reused")


def test_queued_commands_are_carried_out_once_however_often_they_are_delivered(orchestra: Orchestra) -> None:
    orchestra.put("s", "sms")
    orchestra.ask("start", "s")
    halt = {"action": "halt", "campaignType": "sms", "reason": "an incident"}
    assert over_sqs(orchestra, halt) == []
    assert (orchestra.live("sms"), halted(orchestra)) == (set(), {"voice": False, "sms": True})
    assert over_sqs(orchestra, {"action": "unhalt", "campaignType": "sms"}, number=2) == []
    assert over_sqs(orchestra, {"action": "limits", "set": {"sms": 4}}, number=3) == []
    assert over_sqs(orchestra, halt) == []
    assert halted(orchestra)["sms"] is False
    assert [row.kind for row in orchestra.store.events["pool:sms"]] == ["halted", "unhalted", "limit_changed"]
    assert {(row.origin.actor, row.origin.source) for row in orchestra.store.events["pool:sms"]} == {("Bob", "sqs")}


def test_an_old_halt_is_carried_out_and_an_old_unhalt_or_limit_is_not(orchestra: Orchestra) -> None:
    commands: list[dict[str, Any]] = [
        {"action": "halt", "campaignType": "all", "reason": "an incident"},
        {"action": "unhalt", "campaignType": "all"},
        {"action": "limits", "set": {"sms": 4}},
    ]
    for number, command in enumerate(commands):
        assert over_sqs(orchestra, command, sent="1000", number=number) == []
    assert halted(orchestra) == {"voice": True, "sms": True}
    assert orchestra.ask("limits")["pools"]["sms"]["limitSource"] == "default"
    late = "2001-01-01T00:00:00+01:00"
    assert orchestra.ask("unhalt", campaignType="all", expiresAt=late)["errorCode"] == "request_expired"
    assert orchestra.ask("limits", set={"sms": 4}, expiresAt=late)["errorCode"] == "request_expired"
    assert orchestra.ask("halt", campaignType="all", reason="why", expiresAt=late)["success"]
