"""What was once let through, or once broke the handler: each has a code, and names its field."""

import json
from typing import Any

import pytest

from asking.hostile_values import CANARY
from asking.orchestra import Orchestra
from campaign_orchestrator.decision_log import WITHHELD, JsonDecisionLog
from campaign_orchestrator.retry_wanted import RetryWanted
from orchestrator_adapters.wire import late_signals, strict_json
from orchestrator_adapters.wire.http_requests import MOST_QUERY_FIELDS
from orchestrator_domain.errors import InvalidRequest
from orchestrator_domain.measurements import Metric
from orchestrator_domain.routing import STEP_FUNCTIONS_INPUT_BYTES
from sms_dispatcher.continuation import LambdaContinuation

REST = {"httpMethod": "GET", "path": "/status", "requestContext": {}}
MACHINE = {"source": "aws.states", "detail-type": "Step Functions Execution Status Change"}
RECORD = {"messageId": "m", "body": "{}", "eventSource": "aws:sqs"}


def record_of(payload: dict[str, Any], **context: Any) -> dict[str, Any]:
    return {"requestContext": {"condition": "Success"} | context, "requestPayload": payload}


REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"action": "start", "campaignId": "c", "expiresAt": "2100-01-01\n00:00:00+00:00"}, "expiresAt"),
    ({"action": "start", "campaignId": "c", "expiresAt": "21000101T000000+0000"}, "expiresAt"),
    ({"action": "start", "campaignId": "c", "expiresAt": "2100-01-01T00:00:00+00:00" + "0" * 99}, "expiresAt"),
    ({"action": "reconcile", "cursor": {"fax": None}}, "cursor"),
    ({"action": "reconcile", "cursor": {"voice/sms_function": "page"}}, "cursor"),
    ({"action": "reconcile", "limit": 10**5_000}, "limit"),
    ({"action": "halt", "campaignType": "sms", "reason": "why", "cursor": {"fax": None}}, "cursor"),
    ({"rawPath": "/status", "requestContext": {"http": "GET"}}, "http"),
    ({**REST, "isBase64Encoded": "false"}, "isBase64Encoded"),
    ({**REST, "headers": {"a\n\ud800": 5}}, "header 'a\\n\\ud800'"),
    ({**REST, "multiValueQueryStringParameters": {"statuses": ["draft"] * 101}, "path": "/campaigns"}, "query"),
    ({**MACHINE, "detail": {"name": "a\nb", "status": "FAILED"}}, "detail.name"),
    ({**MACHINE, "detail": {"name": "{a}:*", "status": "FAILED"}}, "detail.name"),
    (record_of({"campaignId": "c", "runNumber": 2**31}), "requestPayload.runNumber"),
    (record_of({"campaignId": "c", "runNumber": True}), "requestPayload.runNumber"),
    ({"Records": [{**RECORD, "messageId": "a\nb"}]}, "Records[0].messageId"),
    ({"Records": [{**RECORD, "messageId": "m" * 101}]}, "Records[0].messageId"),
]


@pytest.mark.parametrize(("event", "field"), REFUSED)
def test_it_is_refused_by_its_field_and_has_no_effect(event: dict[str, Any], field: str) -> None:
    orchestra = Orchestra()
    orchestra.put("c")
    answer = orchestra.send(event)
    answer = json.loads(answer["body"]) if "body" in answer else answer
    assert (answer["errorCode"], answer["field"]) == ("invalid_request", field)
    assert answer["message"].isprintable()
    assert not orchestra.store.runs
    assert not orchestra.store.pools


def test_a_query_string_has_a_bounded_number_of_fields() -> None:
    event = {"rawPath": "/status", "requestContext": {"http": {"method": "GET"}}}
    fields = "&".join(["campaignIds=c"] * (MOST_QUERY_FIELDS + 1))
    answer = Orchestra().send({**event, "rawQueryString": fields})
    assert (answer["statusCode"], json.loads(answer["body"])["field"]) == (400, "query")


@pytest.mark.parametrize("number", ["1e999", "-1e999", "9" * 33, "NaN", "-Infinity"])
def test_a_number_that_nobody_can_mean_is_no_json(number: str) -> None:
    with pytest.raises(InvalidRequest, match="body"):
        strict_json.read_object(f'{{"limit": {number}}}'.encode(), field="body")


def test_an_id_that_is_no_text_of_unicode_is_shown_escaped() -> None:
    answer = Orchestra().ask("status", campaignIds=["\ud800", "x" * 10_000])
    assert len(json.dumps(answer, ensure_ascii=False).encode()) < 2_000
    assert {one["errorCode"] for one in answer["campaigns"].values()} == {"invalid_request"}


def test_a_record_whose_request_id_is_no_text_of_unicode_proves_nothing() -> None:
    orchestra = Orchestra({"SMS_DISPATCHER_REPORTS": "false"})
    orchestra.put("s", "sms")
    orchestra.ask("start", "s")
    assert orchestra.send(record_of({"campaignId": "s", "runNumber": 1}, requestId="\ud800"))["success"]
    assert orchestra.status("s") == "active"


@pytest.mark.parametrize(
    ("status", "said"), [("TIMED_OUT", "execution TIMED_OUT"), ("W" * 99, "execution changed")]
)
def test_what_a_status_change_says_is_said_in_our_words(status: Any, said: str) -> None:
    event = {**MACHINE, "detail": {"name": "c-1-00000000", "status": status}}
    assert late_signals.hint_of_status_change(event, request_id="r").said == said


@pytest.mark.parametrize(("condition", "said"), [("Success", "invocation Success"), ("W" * 9, "invocation")])
def test_what_a_record_says_is_said_in_our_words(condition: Any, said: str) -> None:
    event = record_of({"campaignId": "c", "runNumber": 1}, condition=condition)
    assert late_signals.hint_of_destination_record(event, request_id="r").said == said


@pytest.mark.parametrize(
    ("row", "field"),
    [
        ({"campaign_type": f"{CANARY}\n" * 200}, "type"),
        ({"config": [CANARY]}, "config"),
        ({"timezone": CANARY}, "timezone"),
        ({"status": f"{CANARY}\n" * 200}, None),
        ({"config": {"contacts": "é" * STEP_FUNCTIONS_INPUT_BYTES}}, "config"),
        ({"name": "é" * STEP_FUNCTIONS_INPUT_BYTES}, "name"),
    ],
)
def test_a_row_that_cannot_be_run_is_refused_in_a_short_line_without_its_words(
    row: dict[str, Any], field: str | None
) -> None:
    orchestra = Orchestra()
    lines: list[str] = []
    orchestra.container.decision_log.override(JsonDecisionLog(write=lines.append))
    orchestra.put("c", **row)
    answer = orchestra.ask("start", "c")
    assert (answer["success"], answer.get("field")) == (False, field)
    assert len(json.dumps(answer)) < 1_000
    assert "canary" not in str(lines)
    assert not orchestra.store.runs
    if "é" in str(row):
        assert answer["errorCode"] == "payload_too_large"
        assert f"{field} makes a dispatch input of 524" in answer["message"]
        assert answer["message"].endswith("the limit is 262144")


@pytest.mark.parametrize(
    "event",
    [
        {"action": CANARY},
        {"action": "start", "campaignId": CANARY},
        {"action": "start", "campaignId": "c", CANARY: 1},
        {"action": "start", "campaignId": "c", "reason": CANARY + "\n"},
        {"action": "start", "campaignId": "c", "idempotencyKey": CANARY},
        {**REST, "path": f"/campaigns/{CANARY}"},
        {**REST, "headers": {CANARY: 1}},
        {**REST, "multiValueQueryStringParameters": {CANARY: [1]}},
        {"Records": [{**RECORD, "body": json.dumps({"action": CANARY, "campaignId": CANARY})}]},
    ],
)
def test_what_a_caller_made_up_is_not_logged(event: dict[str, Any]) -> None:
    orchestra = Orchestra()
    lines: list[str] = []
    orchestra.container.decision_log.override(JsonDecisionLog(write=lines.append))
    orchestra.send(event)
    (line,) = lines
    assert "canary" not in line
    assert json.loads(line)["outcome"] in ("invalid_request", "invalid_action")


def test_what_is_not_ours_is_marked_in_the_log() -> None:
    lines: list[str] = []
    answer = {"success": False, "errorCode": "invalid_request", "field": CANARY, "action": "start", "cause": "a\nb"}
    JsonDecisionLog(write=lines.append).note(answer, request_id="r", source="direct", milliseconds=1.0)
    told = json.loads(lines[0])
    assert (told["field"], told["action"], told["cause"]) == (WITHHELD, "start", WITHHELD)


class Broken(Orchestra):
    """A store with a defect, whose words quote what must not be shown."""

    def __attrs_post_init__(self) -> None:
        super().__attrs_post_init__()
        self.lines: list[str] = []
        self.container.decision_log.override(JsonDecisionLog(write=self.lines.append))
        self.container.repository.override(BrokenRepository())


class BrokenRepository:
    def __getattr__(self, name: str) -> Any:
        def fail(*_: Any, **__: Any) -> Any:
            raise ZeroDivisionError(f"{name} {CANARY}")

        return fail


@pytest.mark.parametrize(
    ("event", "status"),
    [
        ({"action": "start", "campaignId": "c"}, None),
        ({**REST, "path": "/campaigns/c"}, 500),
    ],
)
def test_a_defect_is_an_answer_without_its_words_and_the_log_says_where(
    event: dict[str, Any], status: int | None
) -> None:
    orchestra = Broken()
    answer = orchestra.send(event)
    assert answer.get("statusCode") == status
    answer = json.loads(answer["body"]) if "body" in answer else answer
    assert (answer["success"], answer["errorCode"], answer["retryable"]) == (False, "internal_error", True)
    assert "canary" not in str(answer) + str(orchestra.lines)
    (line,) = map(json.loads, orchestra.lines)
    assert (line["outcome"], line["kind"]) == ("internal_error", "ZeroDivisionError")
    assert line["where"][-1].startswith("test_hostile_input.py:")
    assert len(orchestra.metrics.of(Metric.DEFECTS)) == 1


def test_a_signal_that_meets_a_defect_comes_again_and_quotes_nothing() -> None:
    orchestra = Broken()
    with pytest.raises(RetryWanted) as wanted:
        orchestra.send({**MACHINE, "detail": {"name": "c-1-00000000", "status": "FAILED"}})
    assert str(wanted.value) == "internal_error"
    assert wanted.value.__suppress_context__
    assert "canary" not in str(orchestra.lines)


def test_an_sms_run_that_goes_on_is_no_larger_than_it_was() -> None:
    sent: list[bytes] = []

    class Client:
        def invoke(self, **asked: Any) -> None:
            sent.append(asked["Payload"])

    class Clients:
        def get(self) -> Any:
            return Client()

    order = {"campaignId": "c", "config": {"message": "зд\U0001f600" * 1_000}}
    LambdaContinuation(client=Clients(), function_name="f").go_on(order)  # type: ignore[arg-type]
    assert json.loads(sent[0]) == order
    assert len(sent[0]) <= len(json.dumps(order, ensure_ascii=False).encode())
