"""The whole handler over in-memory parts, and what holds of its answer to any event whatever."""

import json
from http import HTTPStatus
from pathlib import Path
from typing import Any, Final

from asking.hostile_values import CANARY
from asking.orchestra import Orchestra
from campaign_orchestrator.decision_log import JsonDecisionLog
from campaign_orchestrator.retry_wanted import RetryWanted
from orchestrator_adapters.wire.event_shapes import EventShape, shape_of
from orchestrator_adapters.wire.http_responses import STATUS_OF_CODE
from orchestrator_domain.errors import InvalidRequest

EVENTS: Final = Path(__file__).parent.parent / "events"
BY_DESIGN_5XX: Final = frozenset({"pool_halted"})
"""Somebody has asked for it: a halted pool is 503 until it is unhalted."""
CODES: Final = frozenset(code for code, status in STATUS_OF_CODE.items() if status != HTTPStatus.BAD_REQUEST)
SIGNALS: Final = frozenset(
    {EventShape.EXECUTION_STATUS_CHANGE, EventShape.DESTINATION_RECORD, EventShape.SCHEDULE, EventShape.QUEUE_BATCH}
)
"""Nobody reads the answer; failing is how AWS is asked for the same event again."""

DIRECT: Final[tuple[dict[str, Any], ...]] = (
    *(
        {"action": action, "campaignId": "c", "idempotencyKey": "k", "actor": "Ada", "reason": "why"}
        | {"expiresAt": "2100-01-01T00:00:00Z"}
        for action in ("start", "pause", "resume", "stop", "retry")
    ),
    {"action": "status"},
    {"action": "status", "campaignId": "c"},
    {"action": "status", "campaignIds": ["c", "s", "nobody"]},
    {"action": "history", "campaignId": "c"},
    {"action": "list", "statuses": ["draft"], "campaignTypes": ["sms"], "limit": 2, "cursor": "a"},
    {"action": "reconcile", "limit": 5, "cursor": {"voice": "c", "sms": None}, "dryRun": True},
    {"action": "halt", "campaignType": "sms", "reason": "why", "cursor": {"sms": None}, "idempotencyKey": "h"},
    {"action": "unhalt", "campaignType": "all", "actor": "Ada"},
    {"action": "limits"},
    {"action": "limits", "set": {"voice": 8, "sms": None}, "reason": "more"},
)
HTTP: Final = (
    ("GET", "/status", {"campaignIds": ["c"]}, None),
    ("GET", "/campaigns", {"limit": ["2"], "statuses": ["draft", "active"]}, None),
    ("GET", "/campaigns/c", None, None),
    ("GET", "/campaigns/c/history", None, None),
    ("POST", "/campaigns/c/stop", None, '{"reason": "why"}'),
    ("POST", "/halt", None, '{"campaignType": "sms", "reason": "why"}'),
    ("POST", "/unhalt", None, '{"campaignType": "sms"}'),
    ("POST", "/limits", None, '{"set": {"voice": 8}}'),
    ("POST", "/reconcile", None, '{"limit": 5, "dryRun": true}'),
)


def right_events() -> list[dict[str, Any]]:
    """One of each shape and of each action, as AWS and our callers send them."""
    recorded = [json.loads(path.read_text()) for path in sorted(EVENTS.glob("*.json"))]
    rest = json.loads((EVENTS / "api_gateway_rest.json").read_text())
    over_http = [
        rest
        | {"resource": "/{proxy+}", "httpMethod": method, "path": path, "body": body}
        | {"multiValueQueryStringParameters": query, "queryStringParameters": None}
        for method, path, query, body in HTTP
    ]
    batch = json.loads((EVENTS / "sqs.json").read_text())
    queued = [
        {"Records": [batch["Records"][0] | {"body": json.dumps(asked)}, batch["Records"][1]]} for asked in DIRECT
    ]
    return [*DIRECT, *recorded, *over_http, *queued]


DIRECT_AND_RECORDED: Final = len(DIRECT) + len(list(EVENTS.glob("*.json")))
"""So many of the right events come first, which differ in more than in the text of their body."""


class Anybody:
    """Sends events of any kind to an orchestrator with campaigns of every kind, and looks at what comes back."""

    def __init__(self) -> None:
        self.orchestra, self.lines = Orchestra(), list[str]()
        self.orchestra.container.decision_log.override(JsonDecisionLog(write=self.lines.append))
        self.orchestra.put("c")
        self.orchestra.put("campaign_123", "hybrid")
        self.orchestra.put("campaign_456", "sms")
        self.orchestra.put("s", "sms")
        self.orchestra.put("fax", CANARY)
        self.orchestra.put("odd", status=CANARY, config=["no object"])
        self.orchestra.put("nowhere", timezone=CANARY)
        self.orchestra.ask("start", "campaign_456")
        self.lines.clear()

    def send(self, event: Any) -> Any:
        """The answer, of which everything that is promised to anybody has been asserted."""
        try:
            answer, why = self.orchestra.send(event), ""
        except RetryWanted as wanted:
            answer, why = None, str(wanted)
        self._look_at_the_log()
        if answer is None:
            assert shape_of(event) in SIGNALS, "only what AWS delivers again may fail"
            assert why in CODES, "it fails for now, and by no defect"
            return None
        # As Lambda's runtime for Python 3.12 and later writes it: not escaped, so it must be Unicode.
        written = json.dumps(answer, ensure_ascii=False, allow_nan=False).encode()
        assert b"Traceback" not in written
        assert b'File \\"' not in written
        assert b"internal_error" not in written
        self._look_at(answer, _shape(event))
        return answer

    def _look_at(self, answer: dict[str, Any], shape: EventShape | None) -> None:
        if shape is EventShape.HTTP:
            body = json.loads(answer["body"])
            assert answer["statusCode"] < 500 or body["errorCode"] in BY_DESIGN_5XX, body
            assert (answer["statusCode"] < 300) == body["success"]
        elif shape is EventShape.QUEUE_BATCH and "batchItemFailures" in answer:
            return
        else:
            body = answer
        assert isinstance(body["success"], bool)
        if not body["success"]:
            assert body["errorCode"]
            assert body["message"].isprintable()
            assert len(body["message"]) < 1_000

    def _look_at_the_log(self) -> None:
        for line in self.lines:
            assert line.isascii()
            assert line.isprintable(), "one line, and no second one in it"
            assert json.loads(line)["message"] == "decision"
            assert "canary" not in line
            assert '"where"' not in line, "a defect"
            assert len(line) < 2_000
        self.lines.clear()


def _shape(event: Any) -> EventShape | None:
    try:
        return shape_of(event)
    except InvalidRequest:
        return None
