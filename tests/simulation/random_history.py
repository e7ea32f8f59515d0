"""One random history: orchestrators, dispatchers and events interleave at every call of a port, under faults.

A history is a list of steps. They are drawn from a seed; whatever list there is can be played.
"""

from collections.abc import Callable
from enum import IntEnum
from math import inf
from typing import Any

from attrs import define, evolve, field
from crashing_ports import Crash, away
from happenings import OUTCOMES, OUTSIDE, SECONDS
from history_steps import Step
from promises import (
    BrokenPromise,
    Picture,
    all_agree_at_rest,
    check,
    no_batch_begins_behind_a_fence,
    nothing_is_paused_without_a_halt,
)
from resumable_process import Call, ResumableProcess
from simulated_processes import orchestrator, sms_dispatcher, voice_workflow
from simulated_world import IDS, POOLS, SimulatedWorld, at_attempt, channel_of
from true_answers import Asked, callers_are_told_the_truth

from orchestrator_domain.ports.dispatcher import ExecutionPhase, Observation, Refused
from orchestrator_domain.ports.run_claims import BatchLease
from orchestrator_domain.run import Run, RunIdentity

ACTIONS = ("status", "start", "pause", "resume", "stop", "retry", "reconcile", "halt", "unhalt")
POOL_ACTIONS = ("halt", "unhalt")
DEADLINES = (inf, 25.0, 15.0, 9.0)
WORKER_SECONDS = (60.0, 20.0)
SAID = ("SUCCEEDED", "FAILED", "RUNNING")
STATUS_CHANGE = "Step Functions Execution Status Change"
UNHARMED = 0
READING = (
    "ledger.",
    "publisher.",
    "repository.find_",
    "repository.live_runs",
    "repository.pool_usage",
    "upkeep_records.names",
)


class Fault(IntEnum):
    """What happens to one call of a port."""

    NONE = UNHARMED
    CRASH_BEFORE = 1
    CRASH_AFTER = 2
    FAILS = 3
    ANSWER_LOST = 4
    SLOW = 5
    ARRIVES_LATE = 6
    LAGS = 7
    THROTTLED = 8
    DENIED = 9


@define
class RandomHistory:
    """Plays steps and asks for the promises after each of them.

    Attributes:
        trace: what happened, one line a step; shown when a promise is broken.
        performed: the steps so far.
        answers: what the processes came to.
        worked_on: the run that each dispatcher works on.
    """

    world: SimulatedWorld = field(factory=SimulatedWorld)
    trace: list[str] = field(factory=list)
    processes: dict[str, ResumableProcess] = field(factory=dict)
    asked: dict[str, Asked] = field(factory=dict)
    answers: dict[str, Any] = field(factory=dict)
    worked_on: dict[str, RunIdentity] = field(factory=dict)
    is_traced: bool = False
    performed: list[Step] = field(factory=list)
    _before: Picture = field(init=False)
    _of_processes: dict[str, Callable[[Step], None]] = field(init=False)
    _has_changed: bool = False
    _under_way: dict[str, ResumableProcess] = field(factory=dict)

    def __attrs_post_init__(self) -> None:
        self._before = Picture.of(self.world)
        self._of_processes = {"ask": self._ask, "event": self._event, "go": self._go, "work": self._work}

    def play(self, steps: list[Step]) -> None:
        """The steps, then what is under way comes to its end, then the faults have stopped and it converges."""
        for step in steps:
            self.perform(step)
        self.finish()
        self.converge()

    def perform(self, step: Step) -> None:
        """Let one step happen. A step whose process is not there, or not waiting, is nothing."""
        self.performed.append(step)
        if self.is_traced and step.what != "go":
            self.trace.append(f"{step.what} {step.who} {self._told(step)}".rstrip())
        self._has_changed = step.what in ("ends", "redriven", "limit", "halt", "row", "late")
        if step.what in OUTSIDE:
            OUTSIDE[step.what](self.world, step)
        else:
            self._of_processes[step.what](step)
        self.kill_overdue()
        if self._has_changed:
            self._before = check(self.world, self._before, by_others=step.what == "row")
        for name in self._under_way:
            if name in self.asked:
                self.asked[name].look(self.world)

    def waiting(self) -> list[ResumableProcess]:
        return list(self._under_way.values())

    def is_done(self, name: str) -> bool:
        return name not in self._under_way

    def finish(self, *, only: str | None = None) -> None:
        """Every process, or that one, runs to its end without faults."""
        for process in self.waiting():
            while only in (None, process.name) and not process.is_done:
                self.perform(Step("go", process.name))

    def converge(self) -> None:
        """The faults have stopped, every dispatcher is dead, and time has passed."""
        world = self.world
        world.late = [(who, call) for who, call in world.late if call.name.endswith(".dispatch")]
        self.perform(Step("time", how=(len(SECONDS) - 1,)))
        self.perform(Step("time", how=(len(SECONDS) - 2,)))
        self._reconcile("reconcile-1")
        all_agree_at_rest(world)
        for who, _ in list(world.late):
            self.perform(Step("late", who))
        before = (dict(world.store.runs), {name: len(rows) for name, rows in world.store.events.items()})
        again = self._reconcile("reconcile-2")["pools"]
        after = (dict(world.store.runs), {name: len(rows) for name, rows in world.store.events.items()})
        quiet = all(
            not pool["repairs"] and not pool.get("orphans") and pool["projection"] == "current"
            for pool in again.values()
        )
        if before != after or not quiet:
            raise BrokenPromise("a_second_pass_changes_nothing", again)

    def _reconcile(self, name: str) -> dict[str, Any]:
        self.perform(Step("ask", name, (ACTIONS.index("reconcile"),)))
        process = self.processes[name]
        while not process.is_done:
            self.perform(Step("go", name))
        answer: dict[str, Any] = self.answers[name]
        return answer

    # What happens to processes.

    def _ask(self, step: Step) -> None:
        action, campaign = ACTIONS[step.choice(0)], IDS[step.choice(1)]
        event: dict[str, Any] = {"action": action}
        if action in POOL_ACTIONS:
            event |= {
                "campaignType": channel_of(campaign),
                "reason": "why",
                "idempotencyKey": f"key-{step.choice(2)}",
            }
        elif action not in ("reconcile", "status"):
            event |= {"campaignId": campaign, "idempotencyKey": f"key-{step.choice(2)}"}
        self._invoke(step.who, event, DEADLINES[step.choice(3)])

    def _event(self, step: Step) -> None:
        """A late signal: true, repeated, late, of an older run, or forged."""
        campaign, number, said = IDS[step.choice(0)], step.choice(1), SAID[step.choice(3)]
        run = self.world.run(campaign, number)
        if step.choice(2) == 0:
            name = run.execution_name if run else f"{campaign}-{number}-forged"
            detail = {"name": name, "status": said}
            event = {"source": "aws.states", "detail-type": STATUS_CHANGE, "detail": detail}
        else:
            condition = "Success" if said == "SUCCEEDED" else "RetriesExhausted"
            payload = {"campaignId": campaign, "runNumber": number + 1}
            event = {"version": "1.0", "requestContext": {"condition": condition}, "requestPayload": payload}
        self._invoke(step.who, event, inf)

    def _invoke(self, name: str, event: dict[str, Any], seconds: float) -> None:
        self.asked[name] = Asked.of(self.world, event)
        self.processes[name] = orchestrator(self.world, name, event, self.world.seconds + seconds)
        self._after(self.processes[name])

    def _work(self, step: Step) -> None:
        """A message is delivered: now, again, or long after; or a task of an open execution is begun."""
        run = self.world.run(IDS[step.choice(0)], step.choice(1))
        dies_at = self.world.seconds + WORKER_SECONDS[step.choice(3)]
        if run is None:
            return
        if run.pool == "voice":
            worked_on = [p.name for p in self.waiting() if self.worked_on.get(p.name) == run.identity]
            if run.execution_name in self.world.open_executions() and not worked_on:
                outcome = OUTCOMES[step.choice(2)]
                self._employ(voice_workflow(self.world, step.who, run, outcome, dies_at), run)
        else:
            sent = {m.attempts for m in self.world.messages.queue if m.run_id == run.run_id}
            if step.choice(2) in sent:
                message = at_attempt(run, step.choice(2))
                self._employ(sms_dispatcher(self.world, step.who, message, step.who, dies_at), run)

    def _employ(self, worker: ResumableProcess, run: Run) -> None:
        self.processes[worker.name], self.worked_on[worker.name] = worker, run.identity
        self._after(worker)

    def _go(self, step: Step) -> None:
        process = self.processes.get(step.who)
        if process is None or process.waiting_at is None:
            return
        fault = Fault(step.choice(0))
        if self.is_traced:
            under_way = "(its answer arrives)" if process.awaits_only_its_answer else fault.name if fault else ""
            self.trace.append(f"  {process.name} {process.waiting_at.name} {under_way}".rstrip())
        if fault is Fault.SLOW:
            process.make_only(lambda call: self._made(process, call, fault))
            self.world.clock.advance(SECONDS[step.choice(1)])
        else:
            process.go_on(lambda call: self._made(process, call, fault))
        self._after(process)

    def _made(self, process: ResumableProcess, call: Call, fault: Fault) -> Any:
        ours = call.name.startswith("world.")
        self._has_changed = not call.name.startswith(READING)
        if fault is Fault.CRASH_BEFORE:
            raise Crash
        if not ours and fault in (Fault.FAILS, Fault.ARRIVES_LATE):
            self.world.stops_sending(process)
            if fault is Fault.ARRIVES_LATE and not call.name.endswith((".observe", ".stop")):
                self.world.late.append((process.name, call))
                return away(call.name, had_effect=True)
            return away(call.name, had_effect=False)
        if call.name.endswith(".dispatch") and fault in (Fault.THROTTLED, Fault.DENIED):
            return Refused(cause=fault.name.lower(), transient=fault is Fault.THROTTLED)
        answer = self.world.make(process, call)
        if isinstance(answer, BatchLease):
            no_batch_begins_behind_a_fence(self.world, call.arguments[0].identity)
        if call.name == "pool_control.pause_run" and answer is not None:
            nothing_is_paused_without_a_halt(self.world, answer)
        if fault is Fault.CRASH_AFTER:
            raise Crash
        if (
            fault is Fault.LAGS
            and isinstance(answer, Observation)
            and answer.phase in (ExecutionPhase.OPEN, ExecutionPhase.CLOSED)
        ):
            older = ExecutionPhase.OPEN if answer.phase is ExecutionPhase.CLOSED else ExecutionPhase.NOT_VISIBLE
            return evolve(answer, phase=older, outcome=None)
        if fault is Fault.ANSWER_LOST and not ours:
            return away(call.name, had_effect=True)
        return answer

    def _after(self, process: ResumableProcess) -> None:
        if not process.is_done:
            self._under_way[process.name] = process
            return
        self._under_way.pop(process.name, None)
        self.world.stops_sending(process)
        self.answers[process.name] = process.result
        if self.is_traced:
            self.trace.append(f"  {process.name} -> {process.result or 'died'}")
        asked = self.asked.get(process.name)
        if asked is not None and process.result is not None:
            asked.look(self.world)
            callers_are_told_the_truth(self.world, process.name, asked, process.result)

    def kill_overdue(self) -> None:
        for process in self.waiting():
            if self.world.seconds > process.dies_at:
                process.die()
                self._after(process)

    def _told(self, step: Step) -> str:
        named = {"ask": ACTIONS, "time": SECONDS, "limit": POOLS, "halt": POOLS}.get(step.what, IDS)
        first = named[step.choice(0)] if step.what != "ledger" else step.choice(0)
        rest = step.how[1:]
        if step.what == "ask" and first not in ("status", "reconcile"):
            return f"{first} {IDS[step.choice(1)]} key-{step.choice(2)} within {DEADLINES[step.choice(3)]} s"
        return f"{first} {' '.join(map(str, rest))}"
