"""The Lambda function: events of every shape, through the handler itself."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from asking.orchestra import IN_MEMORY, Orchestra
from campaign_orchestrator import lambda_handler
from campaign_orchestrator.invocation_deadline import InvocationDeadline
from campaign_orchestrator.settings import InvalidSettings

EVENTS = Path(__file__).parent.parent / "events"


class Context:
    aws_request_id = "request-1"

    def get_remaining_time_in_millis(self) -> int:
        return 25_000


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    lambda_handler.service.cache_clear()
    for name, value in IN_MEMORY.items():
        monkeypatch.setenv(name, value)
    return monkeypatch


def test_the_handler_answers_status(environment: pytest.MonkeyPatch) -> None:
    answer = lambda_handler.handler({"action": "status"}, Context())
    assert answer["pools"]["voice"] == {
        "active": 0,
        "limit": 5,
        "limitSource": "default",
        "available": 5,
        "utilizationPercent": 0.0,
        "activeCampaignIds": [],
        "projection": "current",
    }
    assert answer["pools"]["sms"]["limit"] == 10
    lambda_handler.service.cache_clear()


def test_a_wrong_environment_fails_the_invocation_and_names_the_variable(
    environment: pytest.MonkeyPatch,
) -> None:
    environment.setenv("MAX_CONCURRENT_SMS_CAMPAIGNS", "many")
    with pytest.raises(InvalidSettings, match="MAX_CONCURRENT_SMS_CAMPAIGNS"):
        lambda_handler.handler({"action": "status"}, Context())


def test_the_container_is_built_once(environment: pytest.MonkeyPatch) -> None:
    assert lambda_handler.service() is lambda_handler.service()
    lambda_handler.service.cache_clear()


def test_the_request_id_of_the_invocation_is_the_key_of_a_request_without_one() -> None:
    orchestra = Orchestra()
    campaign = orchestra.put("v")
    service = orchestra.container.service()
    event = {"action": "start", "campaignId": campaign}
    deadline = InvocationDeadline(Context())
    first = service.answer(event, request_id="same", deadline=deadline)
    assert service.answer(event, request_id="same", deadline=deadline) == first
    assert service.answer(event, request_id="other", deadline=deadline)["errorCode"] == "invalid_state"


BAD: list[tuple[Any, str, str | None]] = [
    ({}, "invalid_request", "event"),
    ({"source": "my.app", "detail-type": "Something"}, "invalid_request", "event"),
    ({"campaignId": "c"}, "invalid_action", "action"),
    ({"action": "start", "campaignId": "c", "a\nb\ud800": 1}, "invalid_request", "'a\\nb\\ud800'"),
    ({"action": "start", "campaignId": "c", "expiresAt": "soon"}, "invalid_request", "expiresAt"),
    ({"action": "start", "campaignId": "c", "expiresAt": "2026-01-01T00:00:00"}, "invalid_request", "expiresAt"),
    ({"action": "start", "campaignId": "c", "expiresAt": "2020-01-01T00:00:00Z"}, "request_expired", "expiresAt"),
    ({"action": "start", "campaignId": "c", "source": "aws.states", "detail": {}}, "invalid_request", "detail"),
    ({"action": "explode", "campaignId": "c"}, "invalid_action", "action"),
    ({"action": 5}, "invalid_action", "action"),
    ({"action": ["start"]}, "invalid_action", "action"),
    ({"action": "start"}, "invalid_request", "campaignId"),
    ({"action": "start", "campaignId": None}, "invalid_request", "campaignId"),
    ({"action": "start", "campaignId": 5}, "invalid_request", "campaignId"),
    ({"action": "start", "campaignId": True}, "invalid_request", "campaignId"),
    ({"action": "start", "campaignId": {"a": 1}}, "invalid_request", "campaignId"),
    ({"action": "start", "campaignId": ""}, "invalid_request", "campaignId"),
    ({"action": "start", "campaignId": "a\nb"}, "invalid_request", "campaignId"),
    ({"action": "start", "campaignId": "x" * 65}, "invalid_request", "campaignId"),
    ({"action": "start", "campaignId": "c", "campaignID": "d"}, "invalid_request", "campaignID"),
    ({"action": "start", "campaignId": "c", "idempotencyKey": 7}, "invalid_request", "idempotencyKey"),
    ({"action": "start", "campaignId": "c", "idempotencyKey": ""}, "invalid_request", "idempotencyKey"),
    ({"action": "start", "campaignId": "c", "reason": "a\nb"}, "invalid_request", "reason"),
    ({"action": "start", "campaignId": "c", "actor": "x" * 501}, "invalid_request", "actor"),
    ({"action": "status", "campaignIds": "c"}, "invalid_request", "campaignIds"),
    ({"action": "status", "campaignIds": []}, "invalid_request", "campaignIds"),
    ({"action": "status", "campaignIds": [1]}, "invalid_request", "campaignIds"),
    ({"action": "status", "campaignIds": ["c"], "campaignId": "c"}, "invalid_request", "campaignIds"),
    ([], "invalid_request", "event"),
    ("start", "invalid_request", "event"),
    (None, "invalid_request", "event"),
]


@pytest.mark.parametrize(("event", "code", "field"), BAD)
def test_a_bad_event_is_refused_naming_the_field(event: Any, code: str, field: str | None) -> None:
    orchestra = Orchestra()
    orchestra.put("c")
    answer = orchestra.send(event)
    assert (answer["success"], answer["errorCode"], answer["field"]) == (False, code, field)
    assert answer["retryable"] is False
    assert answer["message"].isprintable()
    assert not orchestra.store.runs
    json.dumps(answer)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(
                ["action", "campaignId", "campaignIds", "idempotencyKey", "source", "detail-type", "detail"]
            )
            | st.sampled_from(["requestContext", "requestPayload", "name", "runNumber"])
            | st.text(max_size=5),
            inner | st.sampled_from(["start", "status", "aws.states", "Step Functions Execution Status Change"]),
            max_size=5,
        )
    ),
    max_leaves=12,
)


@settings(max_examples=300, deadline=None)
@given(event=json_values)
def test_no_event_raises_or_starts_anything(event: Any) -> None:
    orchestra = Orchestra()
    answer = orchestra.send(event)
    assert isinstance(answer["success"], bool)
    assert not orchestra.store.runs
    json.dumps(answer)


SIGNALS = [*EVENTS.glob("destination_*.json"), *EVENTS.glob("step_functions_*.json")]


@pytest.mark.parametrize("path", sorted(SIGNALS), ids=lambda path: path.stem)
def test_recorded_events_of_aws_are_recognised(path: Path) -> None:
    answer = Orchestra().send(json.loads(path.read_text()))
    assert answer["success"], answer
    assert answer["message"] == "The signal names no run of ours"
