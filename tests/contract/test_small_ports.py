"""Clock, Deadline, RunIds and EventPublisher, promise by promise, over every adapter."""

import json
import math
import re
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from campaign_orchestrator.lambda_handler import InvocationDeadline
from orchestrator_adapters.aws.clients import AwsSettings, LazyClient, make_client
from orchestrator_adapters.aws.event_bridge_publisher import EventBridgePublisher
from orchestrator_adapters.memory.clock import SettableClock, SystemClock
from orchestrator_adapters.memory.deadline import MonotonicDeadline, NoDeadline
from orchestrator_adapters.memory.event_publisher import DiscardingEventPublisher, InMemoryEventPublisher
from orchestrator_adapters.memory.run_ids import RandomRunIds, SequentialRunIds
from orchestrator_domain.ports.clock import Clock
from orchestrator_domain.ports.deadline import Deadline
from orchestrator_domain.ports.event_publisher import CampaignEvent, EventPublisher
from orchestrator_domain.ports.run_ids import RunIds
from serving.servers import AwsServer


class Context:
    aws_request_id = "r"

    def __init__(self) -> None:
        self.milliseconds = 2_000

    def get_remaining_time_in_millis(self) -> int:
        self.milliseconds -= 500
        return self.milliseconds


@pytest.mark.parametrize("clock", [SystemClock(), SettableClock()], ids=["system", "settable"])
def test_now_is_in_utc(clock: Clock) -> None:
    assert clock.now().tzinfo is UTC


def test_the_system_clock_is_the_machine_s_and_the_settable_one_stands() -> None:
    assert abs(SystemClock().now() - datetime.now(UTC)) < timedelta(seconds=5)
    clock = SettableClock()
    before = clock.now()
    assert clock.now() == before
    clock.advance(1.5)
    assert clock.now() - before == timedelta(seconds=1.5)


@pytest.mark.parametrize(
    "make",
    [lambda: MonotonicDeadline(1.0), lambda: InvocationDeadline(Context())],
    ids=["monotonic", "invocation"],
)
def test_what_remains_never_grows_and_goes_below_zero(make: Callable[[], Deadline]) -> None:
    deadline = make()
    seen = [deadline.remaining_seconds() for _ in range(6)]
    assert seen == sorted(seen, reverse=True)
    assert seen[0] <= 2
    past = MonotonicDeadline(-1) if isinstance(deadline, MonotonicDeadline) else deadline
    assert past.remaining_seconds() < 0


def test_without_a_deadline_there_is_no_end() -> None:
    assert NoDeadline().remaining_seconds() == math.inf


@pytest.mark.parametrize("ids", [RandomRunIds(), SequentialRunIds("x")], ids=["random", "sequential"])
def test_ids_are_32_hexadecimal_digits_and_differ(ids: RunIds) -> None:
    drawn = {ids.next_id() for _ in range(1_000)}
    assert len(drawn) == 1_000
    assert all(re.fullmatch("[0-9a-f]{32}", one) for one in drawn)


def test_random_ids_differ_between_processes_and_sequential_ones_repeat() -> None:
    program = "from orchestrator_adapters.memory.run_ids import RandomRunIds; print(RandomRunIds().next_id())"
    drawn = {subprocess.check_output([sys.executable, "-c", program]) for _ in range(2)}
    assert len(drawn) == 2
    assert SequentialRunIds("a").next_id() == SequentialRunIds("a").next_id() != SequentialRunIds("b").next_id()


EVENT = CampaignEvent(
    kind="campaign.started",
    campaign_id="c",
    campaign_type="sms",
    run_number=1,
    at=datetime(2026, 1, 1, tzinfo=UTC),
    detail={"runId": "r"},
)


@pytest.fixture
def memory_publisher() -> EventPublisher:
    return InMemoryEventPublisher()


@pytest.fixture
def discarding_publisher() -> EventPublisher:
    return DiscardingEventPublisher()


@pytest.fixture
def event_bridge(aws_server: AwsServer) -> EventPublisher:
    return EventBridgePublisher(bus_name="default", client=LazyClient(lambda: aws_server.client("events")))


@pytest.fixture
def event_bridge_that_is_away(monkeypatch: pytest.MonkeyPatch) -> EventPublisher:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "x")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "x")
    settings = AwsSettings(region="us-east-1", endpoint_url="http://127.0.0.1:1")
    return EventBridgePublisher(bus_name="b", client=LazyClient(lambda: make_client("events", settings)))


@pytest.fixture(params=["memory_publisher", "discarding_publisher", "event_bridge", "event_bridge_that_is_away"])
def publisher(request: pytest.FixtureRequest) -> EventPublisher:
    chosen: EventPublisher = request.getfixturevalue(request.param)
    return chosen


def test_publishing_never_raises(publisher: EventPublisher) -> None:
    publisher.publish(EVENT)


def test_a_published_event_arrives(aws_server: AwsServer) -> None:
    events, queues = aws_server.client("events"), aws_server.client("sqs")
    url = queues.create_queue(QueueName="published")["QueueUrl"]
    arn = queues.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    events.put_rule(Name="published", EventPattern=json.dumps({"source": ["campaign-orchestrator"]}))
    events.put_targets(Rule="published", Targets=[{"Id": "queue", "Arn": arn}])
    EventBridgePublisher(bus_name="default", client=LazyClient(lambda: events)).publish(EVENT)
    (message,) = queues.receive_message(QueueUrl=url, WaitTimeSeconds=20)["Messages"]
    received = json.loads(message["Body"])
    assert received["detail-type"] == "campaign.started"
    assert received["detail"] == {
        "campaignId": "c",
        "campaignType": "sms",
        "runNumber": 1,
        "at": "2026-01-01T00:00:00+00:00",
        "runId": "r",
    }
