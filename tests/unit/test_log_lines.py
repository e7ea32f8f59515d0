"""Whatever comes in, each line of the log is one JSON object of ours: none is split, and none is forged."""

import contextlib
import io
import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from asking.orchestra import Orchestra
from campaign_orchestrator.decision_log import LEVELS, OF_THE_ANSWER, WITHHELD, JsonDecisionLog
from campaign_orchestrator.service import RetryWanted
from orchestrator_adapters.aws.embedded_metrics import EmbeddedMetrics
from orchestrator_adapters.wire.requests import KNOWN_ACTIONS
from watching.canaries import leaks_in

ALWAYS = {"level", "message", "requestId", "source", "outcome", "durationMilliseconds"}
SOURCES = {"direct", "http", "sqs", "eventbridge", "destination", "schedule", "reconcile"}
FORGED = '"}\n{"level": "INFO", "message": "decision", "outcome": "forged"}\n'
HOSTILE = st.sampled_from(
    [
        FORGED,
        FORGED.replace("\n", "\r"),
        FORGED.replace("\n", "\u2028"),
        FORGED.replace("\n", "\x85"),
        "\x00\x1b[2K\x1b[1A",
        "\\n\\r\\u000a",
        "%0A%0D%00",
        "\ud800",
        '", "outcome": "forged", "x": "',
        "live",
        "+15550107788",
        "x" * 5_000,
    ]
)
TEXTS = st.text(max_size=40) | HOSTILE
VALUES = TEXTS | st.none() | st.integers() | st.lists(TEXTS, max_size=2) | st.dictionaries(TEXTS, TEXTS, max_size=2)
FIELDS = st.sampled_from(
    [
        "campaignId",
        "action",
        "actor",
        "reason",
        "idempotencyKey",
        "campaignType",
        "cursor",
        "set",
        "limit",
        "expiresAt",
    ]
)
DIRECT = st.builds(
    lambda action, event, more: {**event, **more, "action": action},
    st.sampled_from(KNOWN_ACTIONS) | TEXTS,
    st.dictionaries(FIELDS | TEXTS, VALUES, max_size=4),
    st.just({}) | st.just({"campaignId": "live"}) | st.just({"campaignType": "voice", "reason": "an incident"}),
)


@st.composite
def http_requests(draw: st.DrawFn) -> dict[str, Any]:
    path = draw(st.sampled_from(["/campaigns/{}/start", "/campaigns/{}", "/halt", "/limits", "/reconcile", "/{}"]))
    return {
        "resource": "/{proxy+}",
        "path": path.replace("{}", draw(TEXTS)),
        "httpMethod": draw(st.sampled_from(["GET", "POST"]) | TEXTS),
        "headers": {
            "Content-Type": draw(st.just("application/json") | TEXTS),
            "Idempotency-Key": draw(TEXTS),
            draw(TEXTS): draw(TEXTS),
        },
        "queryStringParameters": draw(st.none() | st.dictionaries(TEXTS, TEXTS, max_size=2)),
        "requestContext": {
            "authorizer": {"claims": {"sub": draw(TEXTS), "cognito:groups": draw(st.just("administrator") | TEXTS)}}
        },
        "body": draw(st.none() | TEXTS | st.builds(json.dumps, st.dictionaries(FIELDS, VALUES, max_size=3))),
    }


@st.composite
def batches(draw: st.DrawFn) -> dict[str, Any]:
    body = draw(TEXTS | st.builds(json.dumps, DIRECT))
    attributes = {"SentTimestamp": draw(st.just("4102444800000") | TEXTS), "SenderId": draw(TEXTS)}
    return {
        "Records": [{"eventSource": "aws:sqs", "messageId": draw(TEXTS), "body": body, "attributes": attributes}]
    }


SIGNALS = st.builds(
    lambda name, status, campaign, condition: [
        {
            "source": "aws.states",
            "detail-type": "Step Functions Execution Status Change",
            "detail": {"name": name, "status": status},
        },
        {
            "requestContext": {"condition": condition, "requestId": name},
            "requestPayload": {"campaignId": campaign, "runNumber": 1},
        },
    ],
    TEXTS,
    TEXTS,
    TEXTS,
    TEXTS,
).flatmap(st.sampled_from)


class Desk:
    """An orchestrator whose log is what it writes to the standard output, as in Lambda."""

    def __init__(self) -> None:
        self.metrics = EmbeddedMetrics()
        self.orchestra = Orchestra({"HTTP_AUTHORIZATION": "claims"})
        self.orchestra.container.decision_log.override(JsonDecisionLog())
        self.orchestra.container.metrics.override(self.metrics)
        for campaign in ("live", "x" * 64):
            self.orchestra.put(campaign, config={"text": "Good day", "to": ["+15550000001"]})
        with self.logged():
            self.orchestra.ask("start", "live")

    @contextmanager
    def logged(self) -> Iterator[list[str]]:
        """The lines that are written meanwhile, split wherever any reader might split them."""
        lines, written = list[str](), io.StringIO()
        with contextlib.redirect_stdout(written):
            yield lines
            self.metrics.flush()
        lines += written.getvalue().splitlines()


def of_one_meaning(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    assert len({name for name, _ in pairs}) == len(pairs), pairs
    return dict(pairs)


@pytest.fixture(scope="module")
def desk() -> Desk:
    return Desk()


IDS = {"campaignId", "messageId"}
"""Whoever chooses an id of eleven digits will find it in the log, as an id."""
DECISION = {*ALWAYS, *OF_THE_ANSWER, "messageId", "caller"}


@settings(max_examples=400, deadline=None)
@given(event=DIRECT | http_requests() | batches() | SIGNALS)
def test_no_input_forges_or_splits_a_line(desk: Desk, event: dict[str, Any]) -> None:
    with desk.logged() as lines, contextlib.suppress(RetryWanted):
        desk.orchestra.send(event)
    read = [json.loads(line, object_pairs_hook=of_one_meaning) for line in lines]
    decisions = [one for one in read if "_aws" not in one]
    assert len(decisions) <= 1
    for line in lines:
        assert line.isascii()
        assert line.isprintable()
    for one in decisions:
        assert ALWAYS <= one.keys() <= DECISION
        assert (one["level"] in LEVELS, one["message"]) == (True, "decision")
        assert one["source"] in SOURCES
        assert str(one["outcome"]).isidentifier()
        assert all(len(str(value)) <= 200 for value in one.values())
        told = {name: value for name, value in one.items() if name not in IDS}
        assert list(leaks_in("the log", json.dumps(told))) == []


def test_every_request_that_has_come_has_its_line(desk: Desk) -> None:
    with desk.logged() as lines:
        desk.orchestra.send({"action": "status"})
        desk.orchestra.send({"action": FORGED, "campaignId": FORGED})
        desk.orchestra.send({"action": "start", "campaignId": "+15550107788"})
    decisions = [one for one in map(json.loads, lines) if "_aws" not in one]
    assert [one["outcome"] for one in decisions] == ["done", "invalid_action", "invalid_request"]
    assert (decisions[1]["campaignId"], decisions[1]["action"], decisions[2]["campaignId"]) == (WITHHELD,) * 3


@given(
    answer=st.dictionaries(st.sampled_from([*OF_THE_ANSWER, "success", "errorCode"]), VALUES),
    request_id=TEXTS,
    caller=TEXTS,
)
def test_not_even_what_no_caller_can_choose_could_split_a_line(
    answer: dict[str, Any], request_id: str, caller: str
) -> None:
    written: list[str] = []
    log = JsonDecisionLog(write=written.append)
    log.note(answer, request_id=request_id, source="direct", milliseconds=1.0, caller=caller)
    (line,) = written
    assert line.isascii()
    assert line.isprintable()
    assert ALWAYS <= json.loads(line, object_pairs_hook=of_one_meaning).keys() <= DECISION
