"""Every call of every port, in every action: the process dies before or after it, or it fails, or its answer is
lost.

Then the faults stop, the grace passes, and one reconcile must leave repository, ledger and dispatchers in
agreement; a second one must find nothing to do. Whatever the caller was told must be true.
"""

from collections.abc import Callable
from typing import Any

import pytest
from attrs import frozen
from crashing_ports import Crash, Harm, Harmful, HarmfulPort

from asking.orchestra import Orchestra
from campaign_orchestrator.container import build_container
from campaign_orchestrator.service import RetryWanted
from campaign_orchestrator.settings import read_settings
from orchestrator_adapters.memory.deadline import NoDeadline
from orchestrator_domain import budgets
from orchestrator_domain.run import Run, RunOutcome, RunState

MOST_CALLS = 40


@frozen
class Scene:
    """What has happened before the action, and the action."""

    name: str
    campaign_type: str
    before: Callable[[Orchestra], object]
    event: dict[str, Any]


def nothing(_: Orchestra) -> None:
    """The campaign is a draft."""


def started(orchestra: Orchestra) -> None:
    assert orchestra.ask("start", "c")["success"]


def paused(orchestra: Orchestra) -> None:
    started(orchestra)
    assert orchestra.ask("pause", "c")["success"]


def failed(orchestra: Orchestra) -> None:
    orchestra.store.campaigns["c"].status = "failed"


def ended_unnoticed(orchestra: Orchestra) -> None:
    started(orchestra)
    if orchestra.run("c").pool == "voice":
        orchestra.executions.close(orchestra.run("c").execution_name, RunOutcome.SUCCEEDED)
    else:
        orchestra.clock.advance(361)


def deleted(orchestra: Orchestra) -> None:
    started(orchestra)
    del orchestra.store.campaigns["c"]


def abandoned(orchestra: Orchestra) -> None:
    """Admitted by a process that has died since."""
    fault = orchestra.executions.fault

    def die(_: Run) -> None:
        raise Crash

    orchestra.executions.fault = orchestra.messages.fault = die
    with pytest.raises(Crash):
        orchestra.ask("start", "c", idempotencyKey="abandoned")
    orchestra.executions.fault = orchestra.messages.fault = fault
    orchestra.clock.advance(budgets.GRACE_SECONDS + 1)


def act(action: str) -> dict[str, Any]:
    return {"action": action, "campaignId": "c", "idempotencyKey": "key"}


SCENES = [
    Scene(f"{action} a {campaign_type} campaign that was {before.__name__}", campaign_type, before, event)
    for campaign_type in ("voice", "sms")
    for action, before, event in [
        ("start", nothing, act("start")),
        ("pause", started, act("pause")),
        ("stop", started, act("stop")),
        ("stop", nothing, act("stop")),
        ("resume", paused, act("resume")),
        ("retry", failed, act("retry")),
        ("repeat", abandoned, {**act("start"), "idempotencyKey": "abandoned"}),
        ("reconcile", ended_unnoticed, {"action": "reconcile"}),
        ("reconcile", deleted, {"action": "reconcile"}),
        ("reconcile", abandoned, {"action": "reconcile"}),
        ("status", started, {"action": "status"}),
    ]
]


def harmed_orchestrator(orchestra: Orchestra, harmful: Harmful) -> Callable[[dict[str, Any]], dict[str, Any]]:
    """Another process on the same stores and dispatchers, whose ports can be harmed."""
    container = orchestra.container
    parts = {
        name: HarmfulPort(name, container.providers[name](), harmful)
        for name in ("repository", "ledger", "step_functions", "sms_function")
    }
    harmed = build_container(read_settings(MEMORY), {**parts, "run_ids": container.run_ids()})

    def ask(event: dict[str, Any]) -> dict[str, Any]:
        answer: dict[str, Any] = harmed.service().answer(event, request_id="harmed", deadline=NoDeadline())
        return answer

    return ask


MEMORY = {"ORCHESTRATOR_STORE": "memory", "ORCHESTRATOR_LEDGER": "memory", "ORCHESTRATOR_DISPATCHERS": "memory"}


@pytest.mark.parametrize("harm", Harm, ids=lambda harm: harm.name.lower())
@pytest.mark.parametrize("scene", SCENES, ids=lambda scene: scene.name)
def test_it_converges_wherever_it_is_harmed(scene: Scene, harm: Harm) -> None:
    for at in range(MOST_CALLS):
        orchestra = Orchestra()
        orchestra.put("c", scene.campaign_type)
        scene.before(orchestra)
        harmful = Harmful(at=at, harm=harm, called=[])
        answer: dict[str, Any] | None = None
        try:
            answer = harmed_orchestrator(orchestra, harmful)(scene.event)
        except (Crash, RetryWanted):
            pass
        except AssertionError as broken:
            raise AssertionError(f"harmed at call {at} of {harmful.called}") from broken
        where = f"{scene.name}; {harm.value}; call {at} of {harmful.called}; answered {answer}"
        check_safety(orchestra, where)
        check_answer(orchestra, scene, answer, where)
        converge(orchestra, where)
        if at >= len(harmful.called):
            assert at > 0, where
            return
    raise AssertionError("an action makes more calls than are harmed")


def check_safety(orchestra: Orchestra, where: str) -> None:
    live = [run for run in orchestra.store.runs.values() if run.is_live]
    assert len({run.campaign_id for run in live}) == len(live), where
    assert len(orchestra.executions.dispatched) == len(set(orchestra.executions.dispatched)), where
    at_work = {e.name for e in orchestra.executions.executions.values() if e.outcome is None}
    assert at_work <= {run.execution_name for run in live}, f"work without a live run: {where}"


def check_answer(orchestra: Orchestra, scene: Scene, answer: dict[str, Any] | None, where: str) -> None:
    """A caller who was told success sees the effect; one who was told a definite refusal sees none."""
    if answer is None or "campaignId" not in scene.event or "c" not in orchestra.store.campaigns:
        return
    wanted = {"start": "active", "resume": "active", "retry": "active", "pause": "paused", "stop": "cancelled"}
    if answer["success"]:
        assert orchestra.status("c") == wanted[scene.event["action"]], where
        if wanted[scene.event["action"]] == "active":
            run = orchestra.run("c")
            has_it = run.execution_name in orchestra.executions.executions or any(
                message.run_id == run.run_id for message in orchestra.messages.queue
            )
            assert has_it, where
    elif answer["errorCode"] == "dispatcher_unavailable":
        assert not orchestra.run("c").is_live, where


def converge(orchestra: Orchestra, where: str) -> None:
    """The faults have stopped: one pass after the grace, and a second one that changes nothing."""
    orchestra.clock.advance(budgets.GRACE_SECONDS + 1)
    for message in list(orchestra.messages.queue):
        orchestra.claim(message, f"function-{message.attempts}")
    orchestra.ask("reconcile")
    check_safety(orchestra, where)
    for pool in ("voice", "sms"):
        assert orchestra.live(pool) == orchestra.shown(pool), where
    for run in orchestra.store.runs.values():
        assert run.state is not RunState.STOPPING, where
        assert run.state is not RunState.DISPATCHING, where
        if run.is_live:
            row = orchestra.store.campaigns.get(run.campaign_id)
            assert row is not None, where
            assert row.status == "active", where
        if run.is_live and run.pool == "voice":
            assert orchestra.executions.executions[run.execution_name].outcome is None, where
    before = (dict(orchestra.store.runs), {name: len(rows) for name, rows in orchestra.store.events.items()})
    again = orchestra.ask("reconcile")
    assert all(not pool["repairs"] and pool["projection"] == "current" for pool in again["pools"].values()), where
    after = (dict(orchestra.store.runs), {name: len(rows) for name, rows in orchestra.store.events.items()})
    assert before == after, where
