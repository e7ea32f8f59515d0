"""What must never be seen outside (F66), and clocks that are wrong (F62)."""

import json
import logging
from datetime import timedelta

import pytest

from campaign_orchestrator.container import build_container, close
from campaign_orchestrator.settings import read_settings
from harming.agreement import require_agreement, require_no_orphans, require_rest
from harming.ground import Ground
from orchestrator_adapters.memory.clock import SettableClock
from orchestrator_adapters.memory.deadline import NoDeadline
from serving.servers import raw_client

PHONE, TEXT, FORGED = "+15550107788", "Your code is 4711", 'voice"}\n{"level":"INFO","forged":true'
CONFIGS = [
    {"callSeconds": 3600, "messages": 10, "recipients": [PHONE], "text": TEXT, "note": FORGED},
    [PHONE, TEXT, FORGED],
]


@pytest.mark.parametrize("campaign_type", ["voice", "hybrid", "sms"])
@pytest.mark.parametrize("config", CONFIGS, ids=["an object", "no object"])
def test_nothing_of_a_campaign_s_content_is_answered_logged_or_kept(
    ground: Ground, caplog: pytest.LogCaptureFixture, campaign_type: str, config: object
) -> None:
    caplog.set_level(logging.DEBUG, logger="psycopg")
    campaign = ground.put_campaign(campaign_type)
    ground.sql("UPDATE campaigns SET config = %s WHERE id = %s", json.dumps(config), campaign)
    answers = [ground.ask(action, campaign) for action in ("start", "pause", "resume", "status", "history", "stop")]
    answers += [ground.ask("status"), ground.ask("start", PHONE + FORGED), ground.reconcile()]
    assert answers[0]["success"] is isinstance(config, dict), answers[0]
    kept = str([ground.sql(f"SELECT * FROM {table}") for table in ("campaign_events", "campaign_requests")])
    client = raw_client(ground.redis)
    shown = str([client.get(key) for key in client.keys("campaign:execution:*") if client.type(key) == "string"])
    client.close()
    logged = "\n".join(record.getMessage() for record in caplog.records)
    for canary in (PHONE, TEXT):
        told = json.dumps([answer for answer in answers if answer.get("errorCode") != "invalid_request"])
        for where in (told, kept, shown, logged):
            assert canary not in where
    assert all(str(answer.get("message", "")).isprintable() for answer in answers)


@pytest.mark.parametrize("wrong_by", [timedelta(days=-2), timedelta(minutes=-3), timedelta(minutes=3)])
def test_a_process_whose_clock_is_wrong_decides_as_any_other(ground: Ground, wrong_by: timedelta) -> None:
    """Deadlines, grace periods and leases are those of the database's clock."""
    clock = SettableClock()
    clock.advance(wrong_by.total_seconds())
    other = build_container(read_settings(ground.variables()), {"clock": clock})

    def ask(action: str, campaign: str | None = None) -> dict[str, object]:
        event = {"action": action, **({"campaignId": campaign} if campaign else {})}
        answer: dict[str, object] = other.service().answer(event, request_id=action, deadline=NoDeadline())
        return answer

    for campaign_type in ("voice", "sms"):
        campaign = ground.put_campaign(campaign_type)
        assert ask("start", campaign)["success"]
        require_agreement(ground)
        assert ask("pause", campaign)["success"]
        assert ground.ask("resume", campaign)["success"]
    require_no_orphans(ask("reconcile"))
    require_agreement(ground)
    ground.pass_grace()
    require_rest(ground)
    close(other)
