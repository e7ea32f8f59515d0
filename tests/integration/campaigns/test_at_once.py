"""Many starts at once, from several operating system processes, on real stores and dispatchers."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest

from serving.deployed import Deployed
from serving.functions import a_queueing_function, received_by
from serving.starting_processes import StartingProcesses

ROUNDS = 20


@pytest.fixture(scope="module")
def processes(deployed: Deployed) -> Iterator[StartingProcesses]:
    """SMS goes to a function that notes what it is given, so that dispatches can be counted."""
    variables = deployed.variables(
        SMS_DISPATCHER_FUNCTION_NAME=a_queueing_function(deployed.aws),
        VOICE_CAMPAIGN_STATE_MACHINE_ARN=deployed.waiting_machine_arn,
    )
    with StartingProcesses(variables) as started:
        yield started


def starts(campaigns: list[str]) -> list[dict[str, Any]]:
    return [{"action": "start", "campaignId": campaign} for campaign in campaigns]


@pytest.mark.parametrize("round_number", range(ROUNDS))
def test_fifty_sms_starts_at_once_give_exactly_ten(
    campaigns: Deployed, processes: StartingProcesses, round_number: int
) -> None:
    fifty = [campaigns.put_campaign("sms") for _ in range(50)]
    answers = processes.ask_all(starts(fifty))
    started = {answer["campaignId"] for answer in answers if answer["success"]}
    refused = [answer for answer in answers if not answer["success"]]
    assert len(started) == 10
    assert Counter(answer["errorCode"] for answer in refused) == {"resource_limit_reached": 40}
    assert campaigns.live("sms") == campaigns.members("sms") == started
    ours = set(fifty)
    campaigns.wait_until(
        lambda: len(received_by(campaigns.aws, lambda event: event.get("campaignId") in ours)) >= 10,
        what="ten dispatches",
    )
    dispatched = received_by(campaigns.aws, lambda event: event.get("campaignId") in ours)
    assert sorted(event["campaignId"] for event in dispatched) == sorted(started)
    assert campaigns.live("voice") == set()


@pytest.mark.parametrize("round_number", range(ROUNDS))
def test_thirty_voice_starts_at_once_give_exactly_five(
    campaigns: Deployed, processes: StartingProcesses, round_number: int
) -> None:
    thirty = [campaigns.put_campaign("hybrid" if number % 3 == 0 else "voice") for number in range(30)]
    answers = processes.ask_all(starts(thirty))
    started = {answer["campaignId"]: answer for answer in answers if answer["success"]}
    assert len(started) == 5
    refused = Counter(answer["errorCode"] for answer in answers if not answer["success"])
    assert refused == {"resource_limit_reached": 25}
    assert campaigns.live("voice") == campaigns.members("voice") == set(started)
    arns = {answer["executionArn"].rsplit(":", 1)[1] for answer in started.values()}
    executions = {
        name: status for name, status in campaigns.executions().items() if name.rsplit("-", 2)[0] in set(thirty)
    }
    assert executions == dict.fromkeys(arns, "RUNNING")


@pytest.mark.parametrize("campaign_type", ["voice", "sms"])
def test_two_starts_of_one_campaign_at_once_give_one_dispatch(
    campaigns: Deployed, processes: StartingProcesses, campaign_type: str
) -> None:
    for _ in range(5):
        campaign = campaigns.put_campaign(campaign_type)
        answers = processes.ask_all(starts([campaign] * 2))
        assert [answer["success"] for answer in answers].count(True) == 1
        (refused,) = (answer for answer in answers if not answer["success"])
        assert refused["errorCode"] == "invalid_state"
        names = [name for name in campaigns.executions() if name.rsplit("-", 2)[0] == campaign]
        assert len(names) == (1 if campaign_type == "voice" else 0)
        processes.ask_all([{"action": "stop", "campaignId": campaign}])


def test_ten_deliveries_of_one_request_at_once_are_one(campaigns: Deployed, processes: StartingProcesses) -> None:
    campaign = campaigns.put_campaign("voice")
    event = {"action": "start", "campaignId": campaign, "idempotencyKey": "once"}
    answers = processes.ask_all([event] * 10)
    done = [answer for answer in answers if answer["success"]]
    assert done
    assert all(answer["errorCode"] == "in_progress" for answer in answers if not answer["success"])
    assert len({answer["executionArn"] for answer in done}) == 1
    assert processes.ask_all([event]) == [done[0]]
