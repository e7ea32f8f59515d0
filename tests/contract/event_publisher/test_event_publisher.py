"""EventPublisher, promise by promise, over every adapter, also when what it publishes to is away."""

import json
from datetime import UTC, datetime

import pytest
from attrs import evolve

from asking.requests import unique
from orchestrator_adapters.aws.clients import AwsSettings, LazyClient, make_client
from orchestrator_adapters.aws.event_bridge_publisher import EventBridgePublisher
from orchestrator_adapters.memory.event_publisher import DiscardingEventPublisher, InMemoryEventPublisher
from orchestrator_domain.ports.event_publisher import CampaignEvent, EventPublisher
from serving.servers import AwsServer, direct_client

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
def event_bridge_directly(aws_server: AwsServer) -> EventPublisher:
    return EventBridgePublisher(bus_name="default", client=LazyClient(lambda: direct_client(aws_server, "events")))


@pytest.fixture
def event_bridge_that_is_away(monkeypatch: pytest.MonkeyPatch) -> EventPublisher:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "x")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "x")
    settings = AwsSettings(region="us-east-1", endpoint_url="http://127.0.0.1:1")
    return EventBridgePublisher(bus_name="b", client=LazyClient(lambda: make_client("events", settings)))


ALL = (
    "memory_publisher", "discarding_publisher", "event_bridge", "event_bridge_directly",
    "event_bridge_that_is_away",
)  # fmt: skip


@pytest.fixture(params=ALL)
def publisher(request: pytest.FixtureRequest) -> EventPublisher:
    """Each publisher in its turn: an adapter of your own is one more fixture, named here."""
    chosen: EventPublisher = request.getfixturevalue(request.param)
    return chosen


def test_publishing_never_raises(publisher: EventPublisher) -> None:
    publisher.publish(EVENT)


def test_what_is_published_in_memory_is_kept_in_order() -> None:
    publisher = InMemoryEventPublisher()
    publisher.publish(EVENT)
    publisher.publish(evolve(EVENT, kind="campaign.paused"))
    assert [event.kind for event in publisher.published] == ["campaign.started", "campaign.paused"]


@pytest.mark.parametrize("publisher", ["event_bridge", "event_bridge_directly"], indirect=True)
def test_a_published_event_arrives(aws_server: AwsServer, publisher: EventPublisher) -> None:
    events, queues = aws_server.client("events"), aws_server.client("sqs")
    name = unique("published")
    url = queues.create_queue(QueueName=name)["QueueUrl"]
    arn = queues.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    events.put_rule(Name=name, EventPattern=json.dumps({"source": ["campaign-orchestrator"]}))
    events.put_targets(Rule=name, Targets=[{"Id": "queue", "Arn": arn}])
    publisher.publish(EVENT)
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
