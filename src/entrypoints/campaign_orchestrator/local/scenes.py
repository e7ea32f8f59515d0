"""The scenes of the demo: the specification's own testing section, through the deployed function.

Each scene asks the orchestrator, shows the answer, and asserts what was promised.
"""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from attrs import frozen
from rich.console import Console
from rich.status import Status
from rich.table import Table

from campaign_orchestrator.local.environment import LocalEnvironment

SECONDS_TO_WAIT = 60.0
VOICE_LIMIT = 5


@frozen(kw_only=True)
class Stage:
    """Where a scene is played."""

    console: Console
    environment: LocalEnvironment
    status: Status

    def ask(self, action: str, campaign_id: str | None = None) -> dict[str, Any]:
        """Invoke the orchestrator's function and show what it answers."""
        answer = self.invoke(action, campaign_id)
        if action != "status":
            self.console.print(row(answer))
        return answer

    def invoke(self, action: str, campaign_id: str | None = None) -> dict[str, Any]:
        """Invoke the orchestrator's function."""
        event = {"action": action, **({"campaignId": campaign_id} if campaign_id else {})}
        return self.environment.deployment.invoke(event)

    def title(self, text: str) -> None:
        self.console.print(f"\n[bold]{text}[/bold]")

    def wait_until(self, holds: Callable[[], bool], *, what: str) -> None:
        """Wait until ``holds``, saying so."""
        self.status.update(f"Waiting until {what}")
        give_up = time.monotonic() + SECONDS_TO_WAIT
        while not holds():
            if time.monotonic() > give_up:
                raise AssertionError(f"not within {SECONDS_TO_WAIT:.0f} s: {what}")
            time.sleep(0.2)
        self.status.update("Playing")


def play_all(stage: Stage) -> None:
    """Play every scene.

    Raises:
        AssertionError: something was not as promised.
    """
    stage.status.update("Playing")
    for scene in (one_of_each, pause_and_resume, completion, failure_and_retry, ten_at_once, stop_all):
        scene(stage)


def one_of_each(stage: Stage) -> None:
    stage.title("One of each: voice, SMS, hybrid")
    for campaign in ("campaign_123", "campaign_456", "campaign_789"):
        promised(stage.ask("start", campaign)["success"], f"{campaign} starts")
    show_status(stage)
    promised(used(stage) == {"voice": 2, "sms": 1}, "hybrid takes its slot from the voice pool")


def pause_and_resume(stage: Stage) -> None:
    stage.title("Pause and resume: the slot comes back, and the work goes on where it ended")
    promised(stage.ask("pause", "campaign_123")["success"], "the voice campaign is paused")
    stage.wait_until(lambda: sent(stage, "campaign_456") > 0, what="the SMS dispatcher has done a batch")
    promised(stage.ask("pause", "campaign_456")["success"], "the SMS campaign is paused")
    stage.wait_until(lambda: used(stage) == {"voice": 1, "sms": 0}, what="both are at rest")
    before = sent(stage, "campaign_456")
    stage.console.print(f"At rest with {before} of 2000 messages sent.")
    for campaign in ("campaign_123", "campaign_456"):
        promised(stage.ask("resume", campaign)["success"], f"{campaign} resumes")
    again = stage.ask("start", "campaign_123")
    promised(again["errorCode"] == "invalid_state", "an active campaign cannot be started again")


def completion(stage: Stage) -> None:
    stage.title("Completion: an execution that ends by itself, and a dispatcher that has sent everything")
    stage.ask("start", "campaign_short")
    done = {"campaign_short", "campaign_456"}
    stage.wait_until(lambda: all(is_completed(stage, one) for one in done), what="both have completed")
    show_status(stage)
    promised(sent(stage, "campaign_456") == 2_000, "every message was sent once, over both runs")


def failure_and_retry(stage: Stage) -> None:
    stage.title("Failure and retry")
    stage.ask("start", "campaign_broken")
    stage.wait_until(lambda: stage.invoke("status", "campaign_broken")["status"] == "failed", what="it has failed")
    cause = stage.invoke("status", "campaign_broken")["run"]["cause"]
    stage.console.print(f"campaign_broken is failed: {cause}.")
    promised(stage.ask("retry", "campaign_broken")["runNumber"] == 2, "a retry is a new run")
    stage.wait_until(lambda: used(stage)["voice"] == 2, what="it has failed again")


def ten_at_once(stage: Stage) -> None:
    free = VOICE_LIMIT - used(stage)["voice"]
    stage.title(f"Ten starts at once, and {free} free slots")
    with ThreadPoolExecutor(10) as threads:
        answers = list(threads.map(lambda n: stage.invoke("start", f"campaign_{n}"), range(1, 11)))
    for answer in answers:
        stage.console.print(row(answer))
    promised(sum(answer["success"] for answer in answers) == free, f"exactly {free} are started")
    refused = {answer["errorCode"] for answer in answers if not answer["success"]}
    promised(refused == {"resource_limit_reached"}, "the others are told that the pool is full")
    show_status(stage)


def stop_all(stage: Stage) -> None:
    stage.title("Stop everything")
    for campaign in stage.invoke("status")["pools"]["voice"]["activeCampaignIds"]:
        promised(stage.ask("stop", campaign)["success"], f"{campaign} stops")
    stage.wait_until(lambda: used(stage) == {"voice": 0, "sms": 0}, what="every slot is free")
    show_status(stage)


def row(answer: dict[str, Any]) -> str:
    """One answer on one line."""
    verdict = "[green]ok[/green]" if answer["success"] else f"[yellow]{answer['errorCode']}[/yellow]"
    return f"  {answer['action']:<7}{answer['campaignId']:<16}{verdict}: {answer['message']}"


def show_status(stage: Stage) -> None:
    """The pools as a table."""
    table = Table(box=None, padding=(0, 2))
    for column in ("pool", "active", "limit", "available", "utilisation", "campaigns"):
        is_figure = column not in ("pool", "campaigns")
        table.add_column(column, justify="right" if is_figure else "left", no_wrap=column != "campaigns")
    for name, pool in stage.invoke("status")["pools"].items():
        figures = [str(pool[figure]) for figure in ("active", "limit", "available")]
        ids = ", ".join(pool["activeCampaignIds"])
        table.add_row(name, *figures, f"{pool['utilizationPercent']} %", ids)
    stage.console.print(table)


def used(stage: Stage) -> dict[str, int]:
    """How many slots of each pool are held."""
    return {name: pool["active"] for name, pool in stage.invoke("status")["pools"].items()}


def sent(stage: Stage, campaign_id: str) -> int:
    """How many messages of a campaign were sent so far."""
    run = stage.invoke("status", campaign_id)["run"]
    return int(run["progress"]["sent"]) if "progress" in run else 0


def is_completed(stage: Stage, campaign_id: str) -> bool:
    return bool(stage.invoke("status", campaign_id)["status"] == "completed")


def promised(holds: bool, what: str) -> None:
    """Raise AssertionError with the promise unless it holds."""
    if not holds:
        raise AssertionError(what)
