"""A Lambda function that takes a campaign's id and a batch's size, and sets the campaign's status itself."""

from typing import Any

import pytest

from serving.deployed import Deployed
from serving.unreported import LONGEST_SECONDS, UnreportedDispatchers


def record(campaign: str, request_id: str) -> dict[str, Any]:
    """What Lambda tells of an invocation that has ended, or somebody else in its name."""
    return {
        "version": "1.0",
        "requestContext": {"requestId": request_id, "condition": "Success"},
        "requestPayload": {"campaignId": campaign, "runNumber": 1},
    }


def test_it_completes_and_its_slot_is_free(plain: UnreportedDispatchers, campaigns: Deployed) -> None:
    campaign = campaigns.put_campaign("sms", contacts=5)
    answer = plain.ask("start", campaign)
    assert (answer["success"], answer["runState"]) == (True, "running")
    assert plain.wait_until_ended(campaign)[2] == "succeeded"
    assert campaigns.status_of(campaign) == "completed"
    assert set(campaigns.messages(campaign).values()) == {1}
    assert campaigns.contacts(campaign) == {"sent": 5}
    assert campaigns.live("sms") == campaigns.members("sms") == set()


def test_an_invocation_that_fails_fails_its_campaign(plain: UnreportedDispatchers, campaigns: Deployed) -> None:
    campaign = campaigns.put_campaign("sms", message=None)
    campaigns.sql("UPDATE campaigns SET config = config - 'message' WHERE id = %s", campaign)
    assert plain.ask("start", campaign)["success"]
    assert plain.wait_until_ended(campaign)[2:] == ("failed", "invocation_failed")
    assert campaigns.status_of(campaign) == "failed"
    assert campaigns.live("sms") == set()


@pytest.mark.parametrize(
    ("action", "status", "message"),
    [("pause", "paused", "Campaign paused"), ("stop", "cancelled", "Campaign stopped")],
)
def test_pause_and_stop_hold_the_slot_until_it_rests(
    plain: UnreportedDispatchers, campaigns: Deployed, action: str, status: str, message: str
) -> None:
    campaign = campaigns.put_campaign("sms", contacts=30, messagesPerSecond=4)
    assert plain.ask("start", campaign)["success"]
    campaigns.wait_until(lambda: campaigns.messages(campaign) != {}, what="it has begun")
    answer = plain.ask(action, campaign)
    assert (answer["success"], answer["runState"], "inFlight" in answer) == (True, "stopping", False)
    assert answer["message"].startswith(message)
    assert campaigns.live("sms") == {campaign}
    assert plain.wait_until_ended(campaign)[2] == "stopped"
    assert (campaigns.status_of(campaign), campaigns.live("sms")) == (status, set())
    assert 0 < len(campaigns.messages(campaign)) < 30
    if action == "pause":
        campaigns.sql("UPDATE campaigns SET config = config || '{\"messagesPerSecond\": 1000}'")
        assert plain.ask("resume", campaign)["runNumber"] == 2
        assert plain.wait_until_ended(campaign)[:3] == (2, "ended", "succeeded")
        assert list(campaigns.messages(campaign).values()) == [1] * 30


def test_a_record_that_is_lost_is_made_good_by_the_status_that_it_has_set(
    plain: UnreportedDispatchers, campaigns: Deployed
) -> None:
    plain.told(destinations=False)
    campaign = campaigns.put_campaign("sms", contacts=2)
    assert plain.ask("start", campaign)["success"]
    campaigns.wait_until(lambda: campaigns.status_of(campaign) == "completed", what="it has set its status")
    assert campaigns.live("sms") == {campaign}
    assert plain.ask("reconcile")["success"]
    assert plain.run(campaign)[1:] == ("ended", "succeeded", "status_set_by_dispatcher")
    assert campaigns.live("sms") == campaigns.members("sms") == set()


def test_of_which_nothing_is_heard_has_failed_after_the_longest_time(
    plain: UnreportedDispatchers, campaigns: Deployed
) -> None:
    plain.told(destinations=False)
    campaign = campaigns.put_campaign("sms", contacts=2)
    campaigns.sql("UPDATE campaigns SET config = config - 'message' WHERE id = %s", campaign)
    assert plain.ask("start", campaign)["success"]
    assert plain.ask("reconcile")["success"]
    assert campaigns.live("sms") == {campaign}
    earlier = f"not_after - interval '{LONGEST_SECONDS + 1} seconds'"
    campaigns.sql(f"UPDATE campaign_runs SET not_after = {earlier} WHERE campaign_id = %s", campaign)
    assert plain.ask("reconcile")["success"]
    assert plain.run(campaign) == (1, "ended", "failed", "longest_time_passed")
    assert (campaigns.status_of(campaign), campaigns.live("sms")) == ("failed", set())


def test_a_record_that_is_forged_or_comes_again_ends_nothing(
    plain: UnreportedDispatchers, campaigns: Deployed
) -> None:
    campaign = campaigns.put_campaign("sms", contacts=40, messagesPerSecond=4)
    assert plain.ask("start", campaign)["success"]
    ((reference, run_id),) = campaigns.sql(
        "SELECT execution_reference, run_id FROM campaign_runs WHERE campaign_id = %s", campaign
    )
    forged = [record(campaign, known) for known in (reference, str(run_id))]
    assert [plain.send(one)["repairs"] for one in forged] == [[], []]
    assert (plain.run(campaign)[1], campaigns.live("sms")) == ("running", {campaign})
    plain.ask("stop", campaign)
    assert plain.wait_until_ended(campaign)[2] == "stopped"
    rows = campaigns.sql("SELECT count(*) FROM campaign_events")
    assert plain.send(forged[0])["repairs"] == []
    assert campaigns.sql("SELECT count(*) FROM campaign_events") == rows
