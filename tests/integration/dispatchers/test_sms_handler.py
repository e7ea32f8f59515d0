"""The SMS dispatcher's Lambda handler, around the work that it has done."""

import json
from collections.abc import Mapping
from typing import Any

import pytest
from attrs import define

from campaign_contacts.recorded_messages import RecordingMessageProvider
from dispatching.desk import Desk
from sms_dispatcher import lambda_handler
from sms_dispatcher.continuation import Continuation
from sms_dispatcher.sms_run import SmsRun


@define
class Context:
    """What the handler uses of Lambda's context."""

    aws_request_id: str
    seconds: float = 600.0

    def get_remaining_time_in_millis(self) -> int:
        return int(self.seconds * 1000)


@define
class Queue(Continuation):
    """Keeps what is to go on."""

    orders: list[Mapping[str, Any]]

    def go_on(self, order: Mapping[str, Any]) -> None:
        self.orders.append(order)


@pytest.fixture
def queue(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> list[Mapping[str, Any]]:
    orders: list[Mapping[str, Any]] = []
    run = SmsRun(claims=desk.claims, book=desk.book, provider=RecordingMessageProvider(desk.pool))
    monkeypatch.setattr(lambda_handler, "sms_run", lambda: run)
    monkeypatch.setattr(lambda_handler, "continuation", lambda: Queue(orders))
    return orders


def test_without_time_for_a_batch_the_order_is_queued_with_its_claimant_and_goes_on(
    desk: Desk, queue: list[Mapping[str, Any]]
) -> None:
    campaign = desk.put_campaign()
    order = desk.order(campaign)
    assert lambda_handler.handler(order, Context("first", seconds=2.0))["ended"] == "out_of_time"
    assert queue == [{**order, "claimant": "first"}]
    # Delivered twice, as Lambda may: the claimant is one, and each contact is taken up once.
    for request_id in ("second", "third"):
        lambda_handler.handler(queue[0], Context(request_id))
    assert set(desk.recorded("recorded_messages", campaign).values()) == {1}
    assert desk.states(campaign) == {"sent": 7}
    assert len(queue) == 1


@pytest.mark.usefixtures("queue")
def test_what_is_answered_and_logged_holds_counts_and_nobody_s_number(
    desk: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    campaign = desk.put_campaign()
    answer = lambda_handler.handler(desk.order(campaign), Context("first"))
    assert answer == {
        "ended": "finished",
        "why": None,
        "totals": {"total": 7, "sent": 7, "skipped": 0, "failed": 0, "unknown": 0},
    }
    line = capsys.readouterr().out
    assert json.loads(line)["campaignId"] == campaign
    assert "+1555" not in line
    assert "Good day" not in line


@pytest.mark.usefixtures("queue")
def test_another_action_than_dispatch_does_nothing() -> None:
    assert lambda_handler.handler({"action": "stop"}, Context("first"))["ended"] == "refused"
