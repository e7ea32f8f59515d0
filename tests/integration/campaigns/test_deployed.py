"""The main job, from outside: real invocations of the deployed orchestrator on real servers."""

import json
import random
from collections.abc import Callable

import pytest

from network.silent_server import SilentServer
from orchestrator_adapters.redis.keys import PoolKeys, details_key
from serving.deployed import Deployed
from serving.servers import flush, raw_client


def test_a_voice_campaign_starts_an_execution_and_takes_a_slot(campaigns: Deployed) -> None:
    campaign = campaigns.put_campaign("voice")
    answer = campaigns.ask("start", campaign)
    assert answer["success"], json.dumps(answer)
    assert answer["campaignId"] == campaign
    assert (answer["campaignType"], answer["action"]) == ("voice", "start")
    assert answer["message"] == "Campaign started successfully"
    assert campaigns.execution_of(answer) == "RUNNING"
    assert campaigns.members("voice") == campaigns.live("voice") == {campaign}
    assert campaigns.status_of(campaign) == "active"


def test_hybrid_lands_in_the_voice_pool(campaigns: Deployed) -> None:
    campaign = campaigns.put_campaign("hybrid")
    answer = campaigns.ask("start", campaign)
    assert (answer["success"], answer["pool"], answer["campaignType"]) == (True, "voice", "hybrid")
    assert campaigns.members("voice") == {campaign}
    assert campaigns.members("sms") == set()
    assert campaigns.execution_of(answer) == "RUNNING"


def test_an_sms_campaign_is_dispatched_worked_on_and_completed(campaigns: Deployed) -> None:
    campaign = campaigns.put_campaign("sms", contacts=250)
    answer = campaigns.ask("start", campaign)
    assert (answer["success"], answer["executionArn"]) == (True, None)
    campaigns.wait_until(lambda: campaigns.status_of(campaign) == "completed", what="completed")
    run = campaigns.ask("status", campaign)["run"]
    assert run["progress"] == {"total": 250, "sent": 250, "skipped": 0, "failed": 0}
    assert run["outcome"] == "succeeded"
    # The destination's record of the invocation makes the orchestrator show the free slot.
    campaigns.wait_until(lambda: campaigns.members("sms") == set(), what="the slot is shown free")
    assert campaigns.live("sms") == set()


def test_an_execution_that_ends_by_itself_completes_the_campaign_and_frees_the_slot(campaigns: Deployed) -> None:
    campaign = campaigns.put_campaign("voice", variables={"callSeconds": 1})
    campaigns.ask("start", campaign)
    campaigns.wait_until(lambda: campaigns.status_of(campaign) == "completed", what="completed")
    campaigns.wait_until(lambda: campaigns.members("voice") == set(), what="the slot is shown free")
    assert campaigns.live("voice") == set()


def test_an_execution_that_fails_fails_the_campaign_and_retry_runs_it_again(campaigns: Deployed) -> None:
    campaign = campaigns.put_campaign("voice", callsAtOnce=0)
    campaigns.ask("start", campaign)
    campaigns.wait_until(lambda: campaigns.status_of(campaign) == "failed", what="failed")
    run = campaigns.ask("status", campaign)["run"]
    assert (run["outcome"], run["cause"]) == ("failed", "InvalidCampaign")
    again = campaigns.ask("retry", campaign)
    assert (again["success"], again["runNumber"]) == (True, 2)


@pytest.mark.parametrize(("action", "status"), [("pause", "paused"), ("stop", "cancelled")])
def test_the_execution_of_a_paused_or_stopped_voice_campaign_is_really_aborted(
    campaigns: Deployed, action: str, status: str
) -> None:
    campaign = campaigns.put_campaign("voice")
    started = campaigns.ask("start", campaign)
    campaigns.wait_until_calling(campaign)
    answer = campaigns.ask(action, campaign)
    assert (answer["success"], answer["runState"], answer["inFlight"]) == (True, "stopping", 1)
    assert campaigns.status_of(campaign) == status
    campaigns.wait_until(lambda: campaigns.has_closed(started), what="closed")
    # A call that has begun goes on to its end, and holds the slot until then.
    assert campaigns.live("voice") == {campaign}
    campaigns.hang_up(campaign)
    assert campaigns.contacts(campaign) == {"sent": 1}
    campaigns.wait_until(lambda: campaigns.members("voice") == set(), what="the slot is shown free")


def test_a_resumed_voice_campaign_has_a_new_execution(campaigns: Deployed) -> None:
    campaign = campaigns.put_campaign("voice", contacts=2, callsAtOnce=1)
    first = campaigns.ask("start", campaign)
    campaigns.wait_until_calling(campaign)
    campaigns.ask("pause", campaign)
    early = campaigns.ask("resume", campaign)
    assert (early["errorCode"], early["inFlight"]) == ("still_stopping", 1)
    campaigns.hang_up(campaign)
    second = campaigns.ask("resume", campaign)
    assert second["success"]
    assert second["executionArn"] != first["executionArn"]
    assert second["runNumber"] == 2
    campaigns.wait_until(lambda: campaigns.has_closed(first), what="closed")
    campaigns.wait_until_calling(campaign)
    assert campaigns.execution_of(second) == "RUNNING"
    assert campaigns.contacts(campaign) == {"sent": 1, "calling": 1}


def test_a_paused_sms_campaign_rests_and_its_resumed_run_continues(campaigns: Deployed) -> None:
    campaign = campaigns.put_campaign("sms", contacts=600, messagesPerSecond=200)
    campaigns.ask("start", campaign)

    def has_begun() -> bool:
        progress = campaigns.ask("status", campaign)["run"].get("progress")
        return bool(progress and progress["sent"])

    campaigns.wait_until(has_begun, what="a batch is done")
    paused = campaigns.ask("pause", campaign)
    assert paused["success"]
    campaigns.wait_until(lambda: campaigns.live("sms") == set(), what="at rest")
    sent = campaigns.ask("status", campaign)["run"]["progress"]["sent"]
    assert 0 < sent < 600
    assert campaigns.ask("resume", campaign)["success"]
    campaigns.wait_until(lambda: campaigns.status_of(campaign) == "completed", what="completed")
    (number, total) = campaigns.sql(
        "SELECT number, sent FROM campaign_runs WHERE campaign_id = %s ORDER BY number DESC LIMIT 1", campaign
    )[0]
    assert (number, total) == (2, 600)


@pytest.mark.parametrize("status", ["completed", "cancelled", "active", "paused", "failed"])
def test_a_start_in_another_status_is_refused_and_changes_nothing(campaigns: Deployed, status: str) -> None:
    campaign = campaigns.put_campaign("voice", status=status)
    rows = campaigns.sql("SELECT count(*) FROM campaign_events")
    answer = campaigns.ask("start", campaign)
    assert (answer["success"], answer["errorCode"], answer["retryable"]) == (False, "invalid_state", False)
    assert answer["status"] == status
    assert status in answer["message"]
    assert campaigns.status_of(campaign) == status
    assert campaigns.live("voice") == campaigns.members("voice") == set()
    assert campaigns.sql("SELECT count(*) FROM campaign_events") == rows


def test_the_same_key_gives_the_same_answer_and_one_execution(campaigns: Deployed) -> None:
    campaign = campaigns.put_campaign("voice")
    first = campaigns.ask("start", campaign, idempotencyKey="key-1")
    assert campaigns.ask("start", campaign, idempotencyKey="key-1") == first
    names = [name for name in campaigns.executions() if name.startswith(f"{campaign}-")]
    assert len(names) == 1
    other = campaigns.ask("pause", campaign, idempotencyKey="key-1")
    assert other["errorCode"] == "idempotency_key_reused"
    assert campaigns.status_of(campaign) == "active"


def test_a_full_pool_names_limit_and_holders(campaigns: Deployed) -> None:
    holders = [campaigns.put_campaign("voice") for _ in range(5)]
    for holder in holders:
        assert campaigns.ask("start", holder)["success"]
    late = campaigns.put_campaign("hybrid")
    answer = campaigns.ask("start", late)
    assert (answer["success"], answer["errorCode"]) == (False, "resource_limit_reached")
    assert answer["retryable"] is True
    assert answer["retryAfterSeconds"] > 0
    assert (answer["pool"], answer["active"], answer["limit"]) == ("voice", 5, 5)
    assert [holder["campaignId"] for holder in answer["holders"]] == holders
    assert all(holder["since"] for holder in answer["holders"])
    sms = campaigns.put_campaign("sms")
    started = campaigns.ask("start", sms)
    assert started["success"], json.dumps(started)


def test_status_shows_pools_and_campaigns(campaigns: Deployed) -> None:
    voice, sms = campaigns.put_campaign("voice"), campaigns.put_campaign("sms", contacts=1_000, messagesPerSecond=1)
    for campaign in (voice, sms):
        campaigns.ask("start", campaign)
    pools = campaigns.ask("status")["pools"]
    assert pools["voice"] == {
        "active": 1,
        "limit": 5,
        "limitSource": "default",
        "available": 4,
        "utilizationPercent": 20.0,
        "activeCampaignIds": [voice],
        "projection": "current",
    }
    assert pools["sms"]["activeCampaignIds"] == [sms]
    one = campaigns.ask("status", voice)
    assert (one["status"], one["pool"], one["run"]["state"]) == ("active", "voice", "running")
    assert one["executionArn"].endswith(f"{voice}-1-{one['run']['runId'][:8]}")
    several = campaigns.ask("status", campaignIds=[voice, "nobody", "b d"])["campaigns"]
    assert several[voice]["success"]
    assert several["nobody"]["errorCode"] == "campaign_not_found"
    assert several["b d"]["errorCode"] == "invalid_request"
    too_many = campaigns.ask("status", campaignIds=[f"c{n}" for n in range(26)])
    assert too_many["errorCode"] == "invalid_request"
    campaigns.ask("stop", sms)


def test_a_refused_dispatch_fails_the_campaign_and_frees_its_slot(campaigns: Deployed) -> None:
    from campaign_orchestrator.container import build_container, close
    from campaign_orchestrator.settings import read_settings
    from orchestrator_adapters.memory.deadline import NoDeadline

    variables = campaigns.variables(SMS_DISPATCHER_FUNCTION_NAME="nobody-s-function")
    container = build_container(read_settings(variables))
    campaign = campaigns.put_campaign("sms")
    asked = {"action": "start", "campaignId": campaign}
    answer = container.service().answer(asked, request_id="r1", deadline=NoDeadline())
    close(container)
    assert (answer["errorCode"], answer["cause"]) == ("dispatch_failed", "ResourceNotFoundException")
    assert campaigns.status_of(campaign) == "failed"
    assert campaigns.live("sms") == set()
    again = campaigns.ask("retry", campaign)
    assert again["success"], json.dumps(again)


def test_a_late_or_forged_event_ends_nothing(campaigns: Deployed) -> None:
    campaign = campaigns.put_campaign("voice")
    answer = campaigns.ask("start", campaign)
    name = answer["executionArn"].rsplit(":", 1)[1]
    forged = {
        "source": "aws.states",
        "detail-type": "Step Functions Execution Status Change",
        "detail": {"name": name, "status": "SUCCEEDED", "executionArn": answer["executionArn"]},
    }
    campaigns.send(forged)
    assert campaigns.status_of(campaign) == "active"
    assert campaigns.live("voice") == {campaign}


def put_random_content(campaigns: Deployed, chance: random.Random, ids: list[str]) -> None:
    """Something of a random kind under every key that the ledger uses."""
    client = raw_client(campaigns.redis)
    keys = [key for pool in ("voice", "sms") for key in (PoolKeys(pool).active, PoolKeys(pool).runs)]
    for key in [*keys, *(details_key(campaign) for campaign in ids)]:
        words = [chance.choice([*ids, "forged", "", "9 held 9", "1 ended 99999999999999"]) for _ in range(9)]
        kinds: list[Callable[[], object]] = [
            lambda key=key, words=words: client.sadd(key, *words),  # type: ignore[misc]
            lambda key=key, words=words: client.rpush(key, *words),  # type: ignore[misc]
            lambda key=key, words=words: client.set(key, words[0]),  # type: ignore[misc]
            lambda key=key, words=words: client.hset(key, mapping=dict.fromkeys(words, words[1])),  # type: ignore[misc]
            lambda key=key, words=words: client.zadd(key, dict.fromkeys(words, 1)),  # type: ignore[misc]
        ]
        client.delete(key)
        chance.choice(kinds)()
    client.close()


@pytest.mark.parametrize("harm", ["flushed", "random content"])
def test_whatever_redis_holds_no_decision_changes(campaigns: Deployed, harm: str) -> None:
    chance = random.Random(27)

    def harmed() -> None:
        flush(campaigns.redis)
        if harm == "random content":
            put_random_content(campaigns, chance, everybody)

    everybody = [campaigns.put_campaign("voice", contacts=2, callsAtOnce=1) for _ in range(6)]
    for campaign in everybody[:5]:
        harmed()
        assert campaigns.ask("start", campaign)["success"]
    harmed()
    assert campaigns.ask("start", everybody[5])["errorCode"] == "resource_limit_reached"
    campaigns.wait_until_calling(*everybody[:2])
    harmed()
    assert campaigns.ask("pause", everybody[0])["success"]
    campaigns.hang_up(everybody[0])
    harmed()
    assert campaigns.ask("resume", everybody[0])["success"]
    harmed()
    assert campaigns.ask("status")["pools"]["voice"]["activeCampaignIds"] == [*everybody[1:5], everybody[0]]
    harmed()
    assert campaigns.ask("stop", everybody[1])["success"]
    campaigns.hang_up(everybody[1])
    assert campaigns.live("voice") == {*everybody[2:5], everybody[0]}


def test_an_emptied_redis_is_rebuilt_by_the_next_action(campaigns: Deployed) -> None:
    everybody = [campaigns.put_campaign("voice") for _ in range(3)]
    for campaign in everybody:
        flush(campaigns.redis)
        assert campaigns.ask("start", campaign)["success"]
        assert campaigns.members("voice") == campaigns.live("voice")
    campaigns.wait_until_calling(everybody[0])
    assert campaigns.ask("stop", everybody[0])["success"]
    campaigns.hang_up(everybody[0])
    flush(campaigns.redis)
    assert campaigns.ask("reconcile")["success"]
    assert campaigns.members("voice") == campaigns.live("voice") == set(everybody[1:])


@pytest.mark.parametrize("harm", ["away", "hanging"])
@pytest.mark.parametrize("campaign_type", ["voice", "sms"])
def test_without_redis_every_action_succeeds(campaigns: Deployed, campaign_type: str, harm: str) -> None:
    from campaign_orchestrator.container import build_container, close
    from campaign_orchestrator.settings import read_settings
    from orchestrator_adapters.memory.deadline import NoDeadline

    with SilentServer() as silent:
        port = "1" if harm == "away" else str(silent.port)
        variables = campaigns.variables(
            REDIS_HOST="127.0.0.1",
            REDIS_PORT=port,
            VOICE_CAMPAIGN_STATE_MACHINE_ARN=campaigns.waiting_machine_arn,
        )
        container = build_container(read_settings(variables))
        campaign = campaigns.put_campaign(campaign_type, contacts=1_000, messagesPerSecond=10)
        for number, action in enumerate(("start", "pause", "resume", "stop")):
            event = {"action": action, "campaignId": campaign}
            if action == "resume":
                campaigns.wait_until(lambda: campaigns.live(campaign_type) == set(), what="at rest")
            answer = container.service().answer(event, request_id=f"r{number}", deadline=NoDeadline())
            assert answer["success"], json.dumps(answer)
        pools = container.service().answer({"action": "status"}, request_id="r", deadline=NoDeadline())["pools"]
        assert {pool["projection"] for pool in pools.values()} == {"stale"}
        close(container)
    assert campaigns.status_of(campaign) == "cancelled"
    campaigns.wait_until(lambda: campaigns.live(campaign_type) == set(), what="at rest")
