"""Whether what callers are told is true (I8)."""

from collections.abc import Mapping
from typing import Any

from attrs import field, frozen
from promises import BrokenPromise
from simulated_world import CAMPAIGNS, SimulatedWorld

from orchestrator_domain.run import Run, RunIdentity, RunOutcome, RunState

WANTED = {"start": "active", "resume": "active", "retry": "active", "pause": "paused", "stop": "cancelled"}
NO_EFFECT = {
    "invalid_state",
    "resource_limit_reached",
    "pool_halted",
    "still_stopping",
    "campaign_not_found",
    "invalid_campaign",
    "idempotency_key_reused",
    "dispatcher_unavailable",
    "deadline_too_close",
}


@frozen
class Asked:
    """A request, and what was so when it was asked.

    Attributes:
        statuses: of its campaign, since it was asked.
        known: the runs that were admitted under its key before.
    """

    event: Mapping[str, Any]
    known: tuple[RunIdentity, ...]
    statuses: set[str] = field(factory=set)

    @classmethod
    def of(cls, world: SimulatedWorld, event: Mapping[str, Any]) -> "Asked":
        key = (str(event.get("campaignId")), str(event.get("idempotencyKey")))
        return cls(event, tuple(world.admitted.get(key, ())))

    def look(self, world: SimulatedWorld) -> None:
        row = world.store.campaigns.get(str(self.event.get("campaignId")))
        if row is not None:
            self.statuses.add(row.status)


def callers_are_told_the_truth(
    world: SimulatedWorld, process: str, asked: Asked, answer: Mapping[str, Any]
) -> None:
    """*success*: the effect existed at some moment; *refused*: this request has none, and will have none."""
    event = asked.event
    campaign, action = event.get("campaignId"), event.get("action")
    if action in ("halt", "unhalt"):
        _who_halts_is_told_the_truth(world, process, event, answer)
    if campaign not in CAMPAIGNS or action not in WANTED:
        return
    admitted = world.admitted.get((str(campaign), event["idempotencyKey"]), [])
    told = f"{process} {dict(event)} was answered {dict(answer)}"
    if answer["success"] and action in ("pause", "stop"):
        stood = (campaign, event["idempotencyKey"]) in world.agreed
        if not stood and WANTED[action] not in asked.statuses:
            raise BrokenPromise("callers_are_told_the_truth", told)
    elif answer["success"]:
        run = world.run(str(campaign), answer["runNumber"])
        if run is None or run.identity not in admitted or not _was_handed_over(world, run):
            raise BrokenPromise("callers_are_told_the_truth", told)
    elif answer["errorCode"] in NO_EFFECT and _had_an_effect(world, process, asked, answer):
        raise BrokenPromise("callers_are_told_the_truth", told)


def _who_halts_is_told_the_truth(
    world: SimulatedWorld, process: str, event: Mapping[str, Any], answer: Mapping[str, Any]
) -> None:
    pool = event["campaignType"]
    stood = (pool, event["idempotencyKey"]) in world.agreed
    rows = world.store.events.get(f"pool:{pool}", [])
    changed = any(row.origin.request_id == process for row in rows)
    refused = not answer["success"] and answer["errorCode"] in NO_EFFECT
    if (answer["success"] and not stood) or (refused and changed):
        raise BrokenPromise("callers_are_told_the_truth", f"{process} {dict(event)} was answered {dict(answer)}")


def _had_an_effect(world: SimulatedWorld, process: str, asked: Asked, answer: Mapping[str, Any]) -> bool:
    rows = world.store.events.get(asked.event["campaignId"], [])
    if any(row.origin.request_id == process and row.kind.endswith("_requested") for row in rows):
        return True
    overtaken = answer["errorCode"] == "invalid_state" and answer.get("status") == "stopping"
    admitted = world.admitted_by.get(process)
    may_be_stopped = overtaken or answer["errorCode"] == "deadline_too_close"
    undone = (RunOutcome.RETURNED, RunOutcome.STOPPED) if may_be_stopped else (RunOutcome.RETURNED,)
    if admitted is not None:
        run = world.store.runs[admitted]
        return run.outcome not in undone and not (overtaken and run.state is RunState.STOPPING)
    if overtaken or answer["errorCode"] in ("idempotency_key_reused", "deadline_too_close"):
        return False
    return any(world.store.runs[identity].outcome is not RunOutcome.RETURNED for identity in asked.known)


def _was_handed_over(world: SimulatedWorld, run: Run) -> bool:
    execution = world.executions.executions.get(run.execution_name)
    started = execution is not None and execution.given == run.dispatch_input
    return started or any(message.run_id == run.run_id for message in world.messages.queue)
