"""Every call of every port, in every action: the process dies before or after it, or it fails, or its answer is
lost.

Then the faults stop, the grace passes, and one reconcile must leave repository, ledger and dispatchers in
agreement; a second one must find nothing to do. Whatever the caller was told must be true.
"""

from collections.abc import Callable
from contextlib import suppress
from itertools import product
from typing import Any

import pytest
from attrs import evolve, frozen
from crashing_ports import Crash, Harm, Harmful, HarmfulPort

from asking.orchestra import Orchestra
from campaign_orchestrator.container import build_container
from campaign_orchestrator.service import RetryWanted
from campaign_orchestrator.settings import read_settings
from orchestrator_adapters.memory import run_ending
from orchestrator_adapters.memory.deadline import NoDeadline
from orchestrator_adapters.memory.dispatcher import InMemoryExecutions
from orchestrator_domain import budgets
from orchestrator_domain.answers import ProjectionState
from orchestrator_domain.decisions import EndVerdict
from orchestrator_domain.ports.dispatcher import Refused
from orchestrator_domain.run import Run, RunOutcome, RunState
from orchestrator_domain.use_cases import reconcile_run
from orchestrator_domain.use_cases.hand_over import HandOver
from orchestrator_domain.use_cases.projection import Projection
from orchestrator_domain.use_cases.settle_run import SettleRun, Step
from orchestrator_domain.use_cases.wind_down import WindDown

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
        for name in ("repository", "upkeep_records", "ledger", "step_functions", "sms_function")
    }
    harmed = build_container(read_settings(MEMORY), {**parts, "run_ids": container.run_ids()})

    def ask(event: dict[str, Any]) -> dict[str, Any]:
        answer: dict[str, Any] = harmed.service().answer(event, request_id="harmed", deadline=NoDeadline())
        return answer

    return ask


MEMORY = {"ORCHESTRATOR_STORE": "memory", "ORCHESTRATOR_LEDGER": "memory", "ORCHESTRATOR_DISPATCHERS": "memory"}


def play(scene: Scene, event: dict[str, Any], orchestra: Orchestra, harmful: Harmful) -> bool:
    """Ask a process that is harmed; whether there was a call left to harm."""
    answer: dict[str, Any] | None = None
    with suppress(Crash, RetryWanted):
        answer = harmed_orchestrator(orchestra, harmful)(event)
    where = f"{scene.name}; {harmful.harm.value}; call {harmful.at} of {harmful.called}; answered {answer}"
    check_safety(orchestra, where)
    check_answer(orchestra, event, answer, where)
    return harmful.at is not None and harmful.at < len(harmful.called)


def staged(scene: Scene) -> Orchestra:
    orchestra = Orchestra()
    orchestra.put("c", scene.campaign_type)
    scene.before(orchestra)
    return orchestra


def explore(scene: Scene, harm: Harm) -> int:
    """Harm every call of the scene's action in turn, and converge after each; returns how many there are."""
    for at in range(MOST_CALLS):
        orchestra = staged(scene)
        was_harmed = play(scene, scene.event, orchestra, Harmful(at=at, harm=harm, called=[]))
        converge(orchestra, f"{scene.name}; {harm.value}; call {at}")
        if not was_harmed:
            return at
    raise AssertionError("an action makes more calls than are harmed")


def explore_pairs(scene: Scene, second: dict[str, Any], harms: tuple[Harm, Harm]) -> int:
    """Harm every call of the action, and then every call of a second one, in every combination."""
    explored = 0
    for first_at in range(MOST_CALLS):
        for second_at in range(MOST_CALLS):
            orchestra = staged(scene)
            first = Harmful(at=first_at, harm=harms[0], called=[])
            if not play(scene, scene.event, orchestra, first):
                return explored
            was_harmed = play(scene, second, orchestra, Harmful(at=second_at, harm=harms[1], called=[]))
            converge(orchestra, f"{scene.name}, then {second}; {harms}; calls {first_at} and {second_at}")
            explored += 1
            if not was_harmed:
                break
    raise AssertionError("an action makes more calls than are harmed")


@pytest.mark.parametrize("harm", Harm, ids=lambda harm: harm.name.lower())
@pytest.mark.parametrize("scene", SCENES, ids=lambda scene: scene.name)
def test_it_converges_wherever_it_is_harmed(scene: Scene, harm: Harm) -> None:
    assert explore(scene, harm) > 0


PAIRS = [
    Scene(f"{campaign_type}: {action} of what was {before.__name__}", campaign_type, before, act(action))
    for campaign_type in ("voice", "sms")
    for action, before in (("start", nothing), ("pause", started))
]
SECONDS = {"start": [act("start"), {**act("stop"), "idempotencyKey": "k2"}], "pause": [act("pause")]}
FIRST_HARMS = (Harm.CRASH_BEFORE, Harm.CRASH_AFTER, Harm.ANSWER_LOST)
SECOND_HARMS = (Harm.FAILS, Harm.CRASH_AFTER, Harm.ANSWER_LOST)


@pytest.mark.parametrize("harms", list(product(FIRST_HARMS, SECOND_HARMS)), ids=str)
@pytest.mark.parametrize("scene", PAIRS, ids=lambda scene: scene.name)
def test_it_converges_after_any_two_harms(scene: Scene, harms: tuple[Harm, Harm]) -> None:
    for second in SECONDS[scene.event["action"]]:
        assert explore_pairs(scene, second, harms) > 0


def explore_everything() -> None:
    """All that the tests above explore; raises AssertionError at the first broken promise."""
    for scene, harm in product(SCENES, Harm):
        explore(scene, harm)
    for scene, harms in product(PAIRS, product(FIRST_HARMS, SECOND_HARMS)):
        for second in SECONDS[scene.event["action"]]:
            explore_pairs(scene, second, harms)


def ends_whatever_the_attempts(patch: pytest.MonkeyPatch) -> None:
    def verdict(store: Any, run: Run, end: Any, now: Any) -> EndVerdict:
        return EndVerdict.ALREADY_ENDED if run.state is RunState.ENDED else EndVerdict.ENDED

    patch.setattr(run_ending, "_verdict", verdict)


def never_stops_the_execution(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(WindDown, "_execution_is_over", lambda *_: True)


def rebuilds_nothing(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Projection, "rebuild", lambda *_: ProjectionState.CURRENT)


def leaves_what_is_dispatching(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(SettleRun, "_dispatching", lambda self, run, *_: Step(run=run))


def leaves_what_is_stopping(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(SettleRun, "_stopping", lambda self, run, *_: Step(run=run))


def overlooks_what_was_changed_behind_our_back(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(reconcile_run, "_surprise", lambda *_: None)


def names_every_attempt_anew(patch: pytest.MonkeyPatch) -> None:
    original = InMemoryExecutions.dispatch

    def dispatch(self: InMemoryExecutions, run: Run) -> Any:
        return original(self, evolve(run, execution_name=f"{run.execution_name}-{run.attempts}"))

    patch.setattr(InMemoryExecutions, "dispatch", dispatch)


def calls_a_lost_answer_a_refusal(patch: pytest.MonkeyPatch) -> None:
    def unknown(self: HandOver, run: Run, cause: str, origin: Any) -> Any:
        return self._refused(run, Refused(cause=cause, transient=True), origin)

    patch.setattr(HandOver, "_unknown", unknown)


@pytest.mark.parametrize(
    "break_it",
    [
        ends_whatever_the_attempts,
        never_stops_the_execution,
        rebuilds_nothing,
        leaves_what_is_dispatching,
        leaves_what_is_stopping,
        overlooks_what_was_changed_behind_our_back,
        names_every_attempt_anew,
        calls_a_lost_answer_a_refusal,
    ],
)
def test_a_broken_protocol_is_found(
    monkeypatch: pytest.MonkeyPatch, break_it: Callable[[pytest.MonkeyPatch], None]
) -> None:
    break_it(monkeypatch)
    with pytest.raises(AssertionError):
        explore_everything()


def check_safety(orchestra: Orchestra, where: str) -> None:
    live = [run for run in orchestra.store.runs.values() if run.is_live]
    assert len({run.campaign_id for run in live}) == len(live), where
    assert len(orchestra.executions.dispatched) == len(set(orchestra.executions.dispatched)), where
    at_work = {e.name for e in orchestra.executions.executions.values() if e.outcome is None}
    assert at_work <= {run.execution_name for run in live}, f"work without a live run: {where}"


def check_answer(orchestra: Orchestra, event: dict[str, Any], answer: dict[str, Any] | None, where: str) -> None:
    """A caller who was told success sees the effect; one who was told a definite refusal sees none."""
    if answer is None or "campaignId" not in event or "c" not in orchestra.store.campaigns:
        return
    wanted = {"start": "active", "resume": "active", "retry": "active", "pause": "paused", "stop": "cancelled"}
    if answer["success"]:
        assert orchestra.status("c") == wanted[event["action"]], where
        if wanted[event["action"]] == "active":
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
