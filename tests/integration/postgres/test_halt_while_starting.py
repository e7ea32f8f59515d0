"""Hundreds of live runs are halted while campaigns are being started: no start is admitted behind the halt."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Event
from typing import Any
from uuid import uuid4

import pytest
from attrs import evolve

from asking.stores import PostgresStoreUnderTest
from campaign_orchestrator.container import Container, build_container, close
from campaign_orchestrator.local.run_time_users import as_orchestrator
from campaign_orchestrator.local.server_variables import server_variables
from campaign_orchestrator.settings import read_settings
from orchestrator_adapters.memory.deadline import MonotonicDeadline
from orchestrator_adapters.postgres.settings import PostgresSettings
from orchestrator_adapters.redis.settings import RedisSettings

LIVE, STARTING, THREADS = 150, 120, 4
IN_MEMORY = {"ORCHESTRATOR_LEDGER": "memory", "ORCHESTRATOR_DISPATCHERS": "memory"}
LIMITS = {"MAX_CONCURRENT_VOICE_CAMPAIGNS": "1000", "MAX_CONCURRENT_SMS_CAMPAIGNS": "1000"}
NOWHERE = RedisSettings(host="127.0.0.1", port=1)
FUNCTION_SECONDS = 25.0


@pytest.fixture
def container(database: PostgresSettings) -> Iterator[Container]:
    variables = server_variables(as_orchestrator(database), NOWHERE, aws_endpoint_url="") | IN_MEMORY | LIMITS
    made = build_container(evolve(read_settings(variables), db_pool_size=THREADS + 2))
    yield made
    close(made)


def ask(container: Container, action: str, **more: Any) -> dict[str, Any]:
    answer: dict[str, Any] = container.service().answer(
        {"action": action, **more}, request_id=uuid4().hex, deadline=MonotonicDeadline(FUNCTION_SECONDS)
    )
    return answer


def drafts(store: PostgresStoreUnderTest, word: str, channel: str, number: int) -> list[str]:
    return [store.put_campaign(f"{channel}-{word}-{one:03}", campaign_type=channel) for one in range(number)]


def halted_until_complete(container: Container) -> list[dict[str, Any]]:
    """The runs that were told of. As many calls as it takes, each with the time of one invocation."""
    told: list[dict[str, Any]] = []
    cursor: dict[str, Any] = {}
    while True:
        answer = ask(
            container, "halt", campaignType="sms", reason="an incident", idempotencyKey="the-halt", **cursor
        )
        told += answer["pools"]["sms"]["runs"]
        if answer["complete"]:
            return told
        cursor = {"cursor": answer["cursor"]} if answer["cursor"] else {}


def test_no_start_is_admitted_behind_a_halt_and_the_other_channel_goes_on(
    container: Container, postgres_store: PostgresStoreUnderTest
) -> None:
    for channel in ("voice", "sms"):
        for campaign in drafts(postgres_store, "live", channel, LIVE):
            assert ask(container, "start", campaignId=campaign)["success"]
    mixed = zip(
        drafts(postgres_store, "new", "voice", STARTING),
        drafts(postgres_store, "new", "sms", STARTING),
        strict=True,
    )
    some_are_started, is_halted = Event(), Event()

    def start(pair: tuple[str, str]) -> list[tuple[str, bool, dict[str, Any]]]:
        answers = []
        if pair[0] >= f"voice-new-{STARTING * 3 // 4:03}":
            assert is_halted.wait(60)  # so that some come late, however fast the others were
        for campaign in pair:
            is_late = is_halted.is_set()
            answers.append((campaign, is_late, ask(container, "start", campaignId=campaign)))
        if pair[0].endswith(f"{STARTING // 4:03}"):
            some_are_started.set()
        return answers

    with ThreadPoolExecutor(THREADS) as threads:
        starting = [threads.submit(start, pair) for pair in mixed]
        assert some_are_started.wait(30)
        told = halted_until_complete(container)
        is_halted.set()
        answers = [answer for done in starting for answer in done.result()]

    sql = postgres_store.sql
    ((halted_at,),) = sql("SELECT at FROM campaign_events WHERE campaign_id = 'pool:sms' AND kind = 'halted'")
    assert sql("SELECT count(*) FROM campaign_runs WHERE pool = 'sms' AND created_at > %s", halted_at) == [(0,)]
    assert sql("SELECT count(*) FROM campaign_runs WHERE pool = 'sms' AND state <> 'ended'") == [(0,)]
    assert sql("SELECT DISTINCT status FROM campaigns WHERE id LIKE 'sms-live%%'") == [("paused",)]
    by_channel: dict[str, list[Any]] = {"voice": [], "sms": []}
    for campaign, is_late, answer in answers:
        by_channel[campaign.split("-")[0]].append(answer.get("errorCode"))
        if is_late and campaign.startswith("sms"):
            assert answer["errorCode"] == "pool_halted", answer
    assert "pool_halted" in by_channel["sms"]
    assert set(by_channel["voice"]) == {None}
    assert sql("SELECT count(*) FROM campaign_runs WHERE pool = 'voice' AND state = 'running'") == [
        (LIVE + STARTING,)
    ]
    halted = {(run["campaignId"], run["runState"]) for run in told}
    assert {(f"sms-live-{one:03}", "ended") for one in range(LIVE)} <= halted
    assert not any(campaign.startswith("voice") for campaign, _ in halted)
