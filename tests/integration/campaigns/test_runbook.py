"""Every command of the runbook, run as it is written, in the situation of its page."""

import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from attrs import define, field, frozen

from campaign_orchestrator.local.service_template import read_template
from orchestrator_domain.run import RunState
from serving.deployed import Deployed
from serving.servers import raw_client

ROOT = Path(__file__).parents[3]
TEXT = (ROOT / "docs" / "runbook.md").read_text()
BLOCK = re.compile(r"<!-- run: (\w+); exit: (\d+); shows: ([^>]+?) -->\n```bash\n(.*?)```", re.DOTALL)
STANDS_FOR_IT = "campaign_123"


@frozen
class Page:
    """A block of commands, and what its page says of it."""

    scene: str
    exit_code: int
    shows: str
    commands: str


PAGES = [Page(scene, int(code), shows, commands) for scene, code, shows, commands in BLOCK.findall(TEXT)]


@define
class Situation:
    """The campaign in question, and the environment of whoever looks after it."""

    campaign: str
    variables: dict[str, str] = field(factory=dict)


def run_as_written(commands: str, variables: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """Give the commands to a shell, as whoever reads the page does."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    environment = {"PATH": path, "COLUMNS": "200", **variables}
    return subprocess.run(["bash", "-c", commands], env=environment, capture_output=True, text=True, check=False)


def sound(campaigns: Deployed) -> Situation:
    return Situation("nobody")


def a_live_campaign(campaigns: Deployed) -> Situation:
    campaign = campaigns.put_campaign("voice", contacts=3, callsAtOnce=1)
    assert campaigns.ask("start", campaign)["success"]
    return Situation(campaign)


def live_sms_campaign(campaigns: Deployed) -> Situation:
    campaign = campaigns.put_campaign("sms", contacts=2_000, messagesPerSecond=100)
    assert campaigns.ask("start", campaign)["success"]
    campaigns.wait_until(
        lambda: campaigns.ask("status", campaign)["run"].get("progress", {}).get("sent", 0) > 0, what="progress"
    )
    return Situation(campaign)


def full_pool(campaigns: Deployed) -> Situation:
    for _ in range(5):
        assert campaigns.ask("start", campaigns.put_campaign("voice"))["success"]
    return Situation(campaigns.put_campaign("voice"))


def dispatcher_gone(campaigns: Deployed) -> Situation:
    return Situation("nobody", {"SMS_DISPATCHER_FUNCTION_NAME": "nobody-s-function"})


def failed_voice_campaign(campaigns: Deployed) -> Situation:
    campaign = campaigns.put_campaign("voice", callsAtOnce=0)
    campaigns.ask("start", campaign)
    campaigns.wait_until(lambda: campaigns.status_of(campaign) == "failed", what="failed")
    return Situation(campaign)


def completed_campaign(campaigns: Deployed) -> Situation:
    return Situation(campaigns.put_campaign("voice", status="completed"))


def unconfirmed_start(campaigns: Deployed) -> Situation:
    """The run was dispatched, and the answer was lost; its workflow has not claimed it yet."""
    machine = {"VOICE_CAMPAIGN_STATE_MACHINE_ARN": campaigns.waiting_machine_arn}
    campaign = campaigns.put_campaign("voice")
    assert run_as_written(f"campaign-orchestrator start {campaign}", campaigns.variables(**machine)).returncode == 0
    campaigns.sql(
        "UPDATE campaign_runs SET state = %s, execution_reference = NULL, dispatched_at = NULL, unknown = true"
        " WHERE campaign_id = %s",
        RunState.DISPATCHING.value,
        campaign,
    )
    return Situation(campaign, machine)


def foreign_id_in_redis(campaigns: Deployed) -> Situation:
    client = raw_client(campaigns.redis)
    client.sadd("campaign:type:voice:active", "nobody-s-campaign")
    client.close()
    return Situation("nobody")


def orphaned_execution(campaigns: Deployed) -> Situation:
    situation = a_live_campaign(campaigns)
    campaigns.wait_until_calling(situation.campaign)
    campaigns.sql("DELETE FROM campaign_runs WHERE campaign_id = %s", situation.campaign)
    campaigns.sql("UPDATE campaigns SET status = 'draft' WHERE id = %s", situation.campaign)
    return situation


def stopping_voice_campaign(campaigns: Deployed) -> Situation:
    situation = a_live_campaign(campaigns)
    campaigns.wait_until_calling(situation.campaign)
    assert campaigns.ask("stop", situation.campaign)["runState"] == "stopping"
    return situation


def halted_pool(campaigns: Deployed) -> Situation:
    situation = a_live_campaign(campaigns)
    campaigns.wait_until_calling(situation.campaign)
    assert campaigns.send({"action": "halt", "campaignType": "voice", "reason": "a test"})["success"]
    campaigns.hang_up(situation.campaign)
    return situation


def wrong_password(campaigns: Deployed) -> Situation:
    return Situation("nobody", {"DB_PASSWORD": "wrong"})


SCENES: dict[str, Callable[[Deployed], Situation]] = {
    scene.__name__: scene
    for scene in (
        sound,
        a_live_campaign,
        live_sms_campaign,
        full_pool,
        dispatcher_gone,
        failed_voice_campaign,
        completed_campaign,
        unconfirmed_start,
        foreign_id_in_redis,
        orphaned_execution,
        stopping_voice_campaign,
        halted_pool,
        wrong_password,
    )
}


@pytest.fixture
def campaigns_of_the_runbook(campaigns: Deployed) -> Iterator[Deployed]:
    yield campaigns
    campaigns.sql("UPDATE campaign_pools SET max_live = NULL, halted_reason = NULL")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: f"{page.scene}-{page.shows}")
def test_the_commands_do_as_the_page_says(campaigns_of_the_runbook: Deployed, page: Page) -> None:
    situation = SCENES[page.scene](campaigns_of_the_runbook)
    commands = page.commands.replace(STANDS_FOR_IT, situation.campaign)
    done = run_as_written(commands, campaigns_of_the_runbook.variables(**situation.variables))
    shown = done.stdout + done.stderr
    assert done.returncode == page.exit_code, shown
    assert page.shows.replace(STANDS_FOR_IT, situation.campaign) in shown


def test_every_block_of_commands_is_run() -> None:
    assert len(PAGES) == TEXT.count("```bash") > 20
    assert {page.scene for page in PAGES} == set(SCENES)


def test_every_alarm_of_the_template_has_a_page_and_every_page_an_alarm() -> None:
    alarms = {
        one["Properties"]["AlarmName"]["Fn::Sub"].removeprefix("${ServiceName}-")
        for one in read_template()["Resources"].values()
        if one["Type"] == "AWS::CloudWatch::Alarm"
    }
    section = TEXT.split("\n# Alarms\n")[1].split("\n# Trouble\n")[0]
    pages = {name for title in re.findall(r"^## (.+)$", section, re.MULTILINE) for name in title.split(" and ")}
    assert pages == alarms
