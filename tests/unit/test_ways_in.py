"""Every way in, as AWS's own events come by it."""

import json
from pathlib import Path
from typing import Any

import pytest

from asking.orchestra import Orchestra
from campaign_orchestrator.decision_log import JsonDecisionLog
from orchestrator_adapters.wire.event_shapes import EventShape, shape_of
from orchestrator_adapters.wire.http_requests import MOST_BODY_BYTES
from orchestrator_domain.run import RunOutcome

EVENTS = Path(__file__).parent.parent / "events"
SHAPES = {
    "api_gateway_rest": EventShape.HTTP,
    "api_gateway_http": EventShape.HTTP,
    "load_balancer": EventShape.HTTP,
    "load_balancer_multi_value_headers": EventShape.HTTP,
    "sqs": EventShape.QUEUE_BATCH,
    "sqs_fifo": EventShape.QUEUE_BATCH,
    "step_functions_status_change": EventShape.EXECUTION_STATUS_CHANGE,
    "destination_success": EventShape.DESTINATION_RECORD,
    "destination_retries_exhausted": EventShape.DESTINATION_RECORD,
    "scheduled_event": EventShape.SCHEDULE,
    "scheduler_event": EventShape.SCHEDULE,
}
HTTP = sorted(name for name, shape in SHAPES.items() if shape is EventShape.HTTP)


def recorded(name: str) -> dict[str, Any]:
    event: dict[str, Any] = json.loads((EVENTS / f"{name}.json").read_text())
    return event


@pytest.mark.parametrize("name", sorted(path.stem for path in EVENTS.glob("*.json")))
def test_each_event_of_aws_is_known_by_its_shape(name: str) -> None:
    assert shape_of(recorded(name)) is SHAPES[name]


@pytest.mark.parametrize("name", HTTP)
def test_each_gateway_starts_a_campaign_with_its_key_reason_and_source(name: str) -> None:
    orchestra = Orchestra()
    orchestra.put("campaign_123")
    response = orchestra.send(recorded(name))
    answer = json.loads(response["body"])
    assert (response["statusCode"], answer["success"], answer["campaignId"]) == (200, True, "campaign_123")
    headers = response.get("headers") or {name: value for name, (value,) in response["multiValueHeaders"].items()}
    assert headers["Content-Type"] == "application/json"
    assert ("multiValueHeaders" in response) == ("multi_value" in name)
    again = orchestra.send(recorded(name))
    assert json.loads(again["body"]) == answer
    entry = orchestra.ask("history", "campaign_123")["history"][0]
    assert (entry["source"], entry["reason"]) == ("http", "the list is ready")
    assert entry.get("actor") == (None if "balancer" in name else "operator-1")


BALANCED = recorded("load_balancer_multi_value_headers")
REFUSED = {
    "too large": (413, {"body": " " * (MOST_BODY_BYTES + 1)}),
    "too large in base64": (413, {"body": "A" * (2 * MOST_BODY_BYTES + 1), "isBase64Encoded": True}),
    "no base64": (400, {"body": "ü?", "isBase64Encoded": True}),
    "no UTF-8": (400, {"path": "/campaigns/%ff/start"}),
    "malformed headers": (400, {"multiValueHeaders": {"accept": [1]}}),
    "no such campaign": (404, {"path": "/campaigns/nobody/start"}),
    "no such path": (404, {"path": "/campaign"}),
    "a method that is not allowed": (405, {"httpMethod": "DELETE"}),
}


@pytest.mark.parametrize(("status", "harm"), REFUSED.values(), ids=REFUSED)
def test_a_load_balancer_can_read_every_refusal(status: int, harm: dict[str, Any]) -> None:
    """One that sends several values to a header reads no answer without such headers."""
    response = Orchestra().send(BALANCED | harm)
    assert response["statusCode"] == status
    assert response["multiValueHeaders"]["Content-Type"] == ["application/json"]
    assert "headers" not in response


@pytest.mark.parametrize("name", HTTP)
def test_each_gateway_can_read_the_answer_to_a_defect(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    orchestra = Orchestra()
    monkeypatch.setattr(type(orchestra.container.repository()), "admit", lambda *_: 1 / 0)
    response = orchestra.send(recorded(name))
    assert response["statusCode"] == 500
    assert ("multiValueHeaders" in response, "headers" in response) == (
        "multi_value" in name,
        "multi_value" not in name,
    )


@pytest.mark.parametrize("name", ["scheduled_event", "scheduler_event"])
def test_a_schedule_reconciles(name: str) -> None:
    assert Orchestra().send(recorded(name))["action"] == "reconcile"


def run_of(orchestra: Orchestra, campaign_id: str = "campaign_123") -> dict[str, Any]:
    orchestra.put(campaign_id)
    orchestra.ask("start", campaign_id)
    run: dict[str, Any] = orchestra.ask("status", campaign_id)["run"]
    return run


def status_change(orchestra: Orchestra) -> dict[str, Any]:
    """A status change of the live run's own execution, which says what is not so."""
    event = recorded("step_functions_status_change")
    event["detail"] |= {"name": orchestra.run("campaign_123").execution_name, "status": "SUCCEEDED"}
    return event


def destination_record(_: Orchestra) -> dict[str, Any]:
    event = recorded("destination_success")
    event["requestPayload"] |= {"campaignId": "campaign_123", "runNumber": 1}
    return event


def in_a_queue(orchestra: Orchestra) -> dict[str, Any]:
    event = recorded("sqs")
    for record, said in zip(
        event["Records"], [status_change(orchestra), destination_record(orchestra)], strict=True
    ):
        record["body"] = json.dumps(said)
    return event


def over_http(orchestra: Orchestra) -> dict[str, Any]:
    return recorded("api_gateway_rest") | {"body": json.dumps(status_change(orchestra))}


def with_an_action(orchestra: Orchestra) -> dict[str, Any]:
    return status_change(orchestra) | {"action": "stop", "campaignId": "campaign_123"}


@pytest.mark.parametrize("forged", [status_change, destination_record, in_a_queue, over_http, with_an_action])
def test_whatever_shape_it_takes_a_forged_outcome_ends_nothing(forged: Any) -> None:
    orchestra = Orchestra()
    before = run_of(orchestra)
    orchestra.send(forged(orchestra))
    assert orchestra.status("campaign_123") == "active"
    assert orchestra.ask("status", "campaign_123")["run"] == before


def test_the_same_status_change_ends_the_run_once_its_execution_has_ended() -> None:
    orchestra = Orchestra()
    run_of(orchestra)
    orchestra.executions.close(orchestra.run("campaign_123").execution_name, RunOutcome.SUCCEEDED)
    orchestra.send(status_change(orchestra))
    assert orchestra.status("campaign_123") == "completed"


def batch(*bodies: Any, fifo: bool = False) -> dict[str, Any]:
    template = recorded("sqs_fifo" if fifo else "sqs")["Records"][0]
    return {
        "Records": [
            template
            | {"messageId": f"message-{number}", "body": body if isinstance(body, str) else json.dumps(body)}
            | {"attributes": template["attributes"] | {"SentTimestamp": "4102444800000"}}
            for number, body in enumerate(bodies)
        ]
    }


def failed(answer: dict[str, Any]) -> list[str]:
    return [item["itemIdentifier"] for item in answer["batchItemFailures"]]


def start(campaign_id: str, **more: Any) -> dict[str, Any]:
    return {"campaignId": campaign_id, "action": "start", **more}


def test_what_is_refused_for_good_is_done_with_and_what_is_refused_for_now_comes_again() -> None:
    orchestra = Orchestra({"MAX_CONCURRENT_VOICE_CAMPAIGNS": "1"})
    for campaign in ("a", "b"):
        orchestra.put(campaign)
    bodies = [
        start("a"),
        start("nobody"),
        "no JSON",
        '{"action": "start", "action": "stop", "campaignId": "a"}',
        {"action": "status"},
        start("b"),
        {"campaignId": "a", "action": "stop"},
    ]
    assert failed(orchestra.send(batch(*bodies))) == ["message-5"]
    assert (orchestra.status("a"), orchestra.status("b")) == ("cancelled", "draft")
    assert failed(orchestra.send(batch(*bodies))) == []
    assert orchestra.status("b") == "active"
    assert orchestra.run("b").number == 1


def test_in_a_fifo_queue_nothing_overtakes_a_failed_message_of_its_group() -> None:
    orchestra = Orchestra({"MAX_CONCURRENT_VOICE_CAMPAIGNS": "0"})
    for campaign in ("a", "s"):
        orchestra.put(campaign, "sms" if campaign == "s" else "voice")
    event = batch(start("a"), {"campaignId": "a", "action": "stop"}, start("s"), fifo=True)
    event["Records"][2]["attributes"] |= {"MessageGroupId": "s"}
    assert failed(orchestra.send(event)) == ["message-0", "message-1"]
    assert (orchestra.status("a"), orchestra.status("s")) == ("draft", "active")


def test_a_message_that_meets_a_defect_does_not_take_the_others_with_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    orchestra = Orchestra()
    lines: list[str] = []
    orchestra.container.decision_log.override(JsonDecisionLog(write=lines.append))
    orchestra.put("a")
    orchestra.put("b")
    repository = orchestra.container.repository()
    admit = type(repository).admit

    def defective(self: Any, request: Any) -> Any:
        if request.campaign_id == "a":
            raise ZeroDivisionError("secret-text")
        return admit(self, request)

    monkeypatch.setattr(type(repository), "admit", defective)
    assert failed(orchestra.send(batch(start("a"), start("b")))) == ["message-0"]
    assert orchestra.status("b") == "active"
    told = [json.loads(line) for line in lines]
    assert [(line["source"], line["messageId"], line["outcome"]) for line in told] == [
        ("sqs", "message-0", "ZeroDivisionError"),
        ("sqs", "message-1", "done"),
    ]
    assert "secret-text" not in str(lines)


@pytest.mark.parametrize(
    ("event", "source", "outcome"),
    [
        (recorded("api_gateway_rest") | {"body": "{", "httpMethod": "POST"}, "http", "invalid_request"),
        (recorded("api_gateway_rest") | {"httpMethod": "DELETE"}, "http", "method_not_allowed"),
        (recorded("sqs"), "sqs", "invalid_action"),
    ],
)
def test_what_never_comes_to_be_a_request_is_noted_too(event: dict[str, Any], source: str, outcome: str) -> None:
    orchestra = Orchestra()
    lines: list[str] = []
    orchestra.container.decision_log.override(JsonDecisionLog(write=lines.append))
    if source == "sqs":
        for record in event["Records"]:
            record["body"] = json.dumps({"action": "status"})
    orchestra.send(event)
    told = [json.loads(line) for line in lines]
    assert {(line["source"], line["outcome"]) for line in told} == {(source, outcome)}


SAYING_NOTHING = pytest.mark.parametrize(
    "nothing", [{}, {"idempotencyKey": None, "expiresAt": None, "actor": None}], ids=["absent", "null"]
)
"""How those who send messages spell that a field has no value."""


@SAYING_NOTHING
def test_two_messages_of_a_batch_are_two_requests(nothing: dict[str, Any]) -> None:
    orchestra = Orchestra()
    orchestra.put("a")
    assert (
        failed(orchestra.send(batch(start("a", **nothing), {"campaignId": "a", "action": "stop", **nothing}))) == []
    )
    assert orchestra.status("a") == "cancelled"


@SAYING_NOTHING
def test_a_message_that_comes_again_lifts_no_later_halt(nothing: dict[str, Any]) -> None:
    orchestra = Orchestra()
    unhalt = batch({"action": "unhalt", "campaignType": "voice", **nothing})
    for reason in ("first", "second"):
        orchestra.ask("halt", campaignType="voice", reason=reason)
        orchestra.send(unhalt)
    assert orchestra.ask("limits")["pools"]["voice"]["halted"] == "second"


@SAYING_NOTHING
def test_an_old_command_is_refused_and_an_old_stop_is_not(nothing: dict[str, Any]) -> None:
    orchestra = Orchestra()
    orchestra.put("a")
    orchestra.put("b")
    event = batch(start("a", **nothing), {"campaignId": "b", "action": "stop", **nothing})
    for record in event["Records"]:
        record["attributes"]["SentTimestamp"] = "1000"
    assert failed(orchestra.send(event)) == []
    assert (orchestra.status("a"), orchestra.status("b")) == ("draft", "cancelled")
    old = orchestra.ask("start", "a", expiresAt="2001-01-01T00:00:00+01:00")
    assert (old["errorCode"], old["retryable"]) == ("request_expired", False)


def test_an_event_with_an_action_is_a_direct_request_whatever_else_it_holds() -> None:
    for name in SHAPES:
        assert shape_of(recorded(name) | {"action": "stop"}) is EventShape.DIRECT
