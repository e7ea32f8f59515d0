"""The steps of the orchestrator's processes: each yields what can be next, one port call at a time."""

from collections.abc import Iterator
from typing import NamedTuple

from protocol_model import store
from protocol_model.dispatchers import Step, dispatch, start_execution
from protocol_model.rules import Rules
from protocol_model.state import Process, Run, State

OVER = Process("over")
LOOKING = Process("look")


class Request(NamedTuple):
    """What a process is to do: an action of a campaign under a key, or ``reconcile`` again and again."""

    action: str
    campaign: int = 0
    key: str = ""

    @property
    def begins(self) -> Process:
        return LOOKING if self.action == "reconcile" else Process("begin", self.campaign)

    @property
    def rests(self) -> Process:
        return LOOKING if self.action == "reconcile" else OVER


class Orchestrator(NamedTuple):
    """One process's code, with what it is asked for."""

    place: int
    request: Request
    channel: str
    rules: Rules
    most_attempts: int

    def steps(self, state: State) -> Iterator[Step]:
        process = state.processes[self.place]
        if process.at in ("over", "refused"):
            return
        for label, after in self._next(state, process):
            yield f"{label} <{self.place}:{self.request.action}>" if label[0] != "!" else label, after
        if state.crashes and process != self.request.begins:
            yield f"!crash <{self.place}>", self._to(state, self.request.rests)._replace(crashes=state.crashes - 1)

    def _next(self, state: State, process: Process) -> Iterator[Step]:
        match process.at:
            case "begin":
                launches = self.request.action in ("start", "resume", "retry")
                yield from self._admit(state) if launches else self._fence(state)
            case "look":
                yield from self._look(state)
            case "insert" | "insert late":
                yield from self._insert_late(state, process)
            case "remember":
                known = store.remember(state, self.request.key, process.number)
                yield "remember", self._to(known, _at(process, "dispatch"))
            case "attempt":
                yield from self._attempt(state, process)
            case "dispatch":
                yield from self._dispatch(state, process)
            case "burn" | "burn and give up":
                yield from self._burn(state, process)
            case "stop" | "stop and give up":
                yield from self._stop(state, process)
            case "end":
                yield from self._end(state, process)
            case reply:
                yield from self._record(state, process, reply)

    def _to(self, state: State, process: Process) -> State:
        return state.with_process(self.place, process)

    def _rest(self, state: State) -> State:
        return self._to(state, self.request.rests)

    def _admit(self, state: State) -> Iterator[Step]:
        campaign, key = self.request.campaign, self.request.key
        latest = state.latest(campaign)
        number = 1 + (latest.number if latest else 0)
        match store.decide(state, self.request.action, campaign, key):
            case "admitted":
                yield "admit", self._admitted(state, Process("dispatch", campaign, number))
            case "refused":
                known = any(run.key == key and run.outcome != "returned" for run in state.runs)
                told = "I9: a repetition was not answered as the first" if known else ""
                refused = self._to(store.remember(state, key, 0), Process("refused"))
                yield "refuse", refused._replace(broken=told)
            case "busy":
                yield "refuse for now", self._rest(state)
            case _:
                yield "replay", self._replayed(state, dict(state.keys)[key])

    def _admitted(self, state: State, process: Process) -> State:
        rules = self.rules
        if not rules.record_before_dispatch:
            return self._to(state, process)
        if not rules.admission_is_one_commit:
            return self._to(state, _at(process, "insert"))
        state = store.insert_run(state, process.campaign, process.number, self.request.key)
        if not rules.key_is_in_the_admission:
            return self._to(state, _at(process, "remember"))
        return self._to(store.remember(state, self.request.key, process.number), process)

    def _insert_late(self, state: State, process: Process) -> Iterator[Step]:
        inserted = store.insert_run(state, process.campaign, process.number, self.request.key)
        inserted = store.remember(inserted, self.request.key, process.number)
        then = _at(process, "dispatch" if process.at == "insert" else "accepted")
        yield "insert", self._to(inserted, then)

    def _replayed(self, state: State, number: int) -> State:
        run = state.run(self.request.campaign, number)
        if run is None:
            return self._to(state, Process("refused"))
        if run.state == "dispatching":
            return self._to(state, Process("attempt", run.campaign, number, run.attempts))
        return self._rest(state)

    def _attempt(self, state: State, process: Process) -> Iterator[Step]:
        run = _run(state, process)
        begun = store.begin_attempt(state, self.rules, run, process.attempts)
        if begun is None:
            yield "attempt is another's", self._rest(state)
        else:
            attempts = process.attempts + (1 if self.rules.attempts_are_counted else 0)
            yield "begin attempt", self._to(begun, _at(process, "dispatch")._replace(attempts=attempts))

    def _dispatch(self, state: State, process: Process) -> Iterator[Step]:
        campaign, number = process.campaign, process.number
        acted, reply = dispatch(state, self.channel, campaign, number, process.attempts)
        if state.run(campaign, number) is None:
            yield "dispatch unrecorded", self._to(acted, _at(process, "insert late"))
            return
        yield f"dispatch: {reply}", self._to(acted, _at(process, reply))
        yield "!dispatch: refused for now", self._to(state, _at(process, "returned"))
        yield "!dispatch: refused for good", self._to(state, _at(process, "dispatch_failed"))
        for label, after in self._lost(state, acted, (campaign, number, "real")):
            yield f"!dispatch: {label}", self._to(after, _at(process, "unknown"))

    def _lost(self, state: State, acted: State, late: tuple[int, int, str]) -> Iterator[Step]:
        """The answer is lost: after the effect, before it, or the request arrives later."""
        if not state.losses:
            return
        losses = state.losses - 1
        yield "answer lost", acted._replace(losses=losses)
        yield "request lost", state._replace(losses=losses)
        if self.channel != "sms":
            # A late message is no step of its own: what is in the queue may stay there for any time.
            yield "request delayed", state._replace(losses=losses, delayed=tuple(sorted({*state.delayed, late})))

    def _record(self, state: State, process: Process, reply: str) -> Iterator[Step]:
        run = _run(state, process)
        match reply:
            case "accepted":
                reached = "dispatched" if self.channel == "sms" else "running"
                marked = store.mark_dispatched(state, run, reached)
                helps = run.state == "stopping" and self.request.action != "reconcile"
                yield "mark dispatched", self._wind_down(marked, run) if helps else self._rest(marked)
            case "unknown":
                yield "mark unknown", self._rest(store.mark_unknown(state, run))
            case "collision" if run.state in ("stopping", "ended"):
                yield "overtaken", self._rest(state)
            case _:
                outcome = "returned" if reply == "collision" else reply
                ended = store.end_as_not_dispatched(state, self.rules, run, outcome, process.attempts)
                yield "record not dispatched", self._rest(ended)

    def _fence(self, state: State) -> Iterator[Step]:
        fenced = store.begin_stopping(state, self.request.action, self.request.campaign)
        if fenced is None:
            yield "refuse", self._rest(state)
            return
        live = next((r for r in fenced.runs if r.campaign == self.request.campaign and r.is_live), None)
        if live is not None and not self.rules.ends_only_at_rest:
            fenced = store.close_run(fenced, live, "stopped")
        yield self.request.action, self._rest(fenced) if live is None else self._wind_down(fenced, live)

    def _wind_down(self, state: State, run: Run) -> State:
        at = "end" if self.channel == "sms" else "stop" if run.is_confirmed or not self.rules.burns else "burn"
        return self._to(state, Process(at, run.campaign, run.number, run.attempts))

    def _burn(self, state: State, process: Process) -> Iterator[Step]:
        late = (process.campaign, process.number, "void")
        burned, reply = start_execution(state, *late)
        yield f"burn: {reply}", self._to(burned, _at(process, process.at.replace("burn", "stop")))
        yield "!burn: refused", self._rest(state)
        for label, after in self._lost(state, burned, late):
            yield f"!burn: {label}", self._rest(after)

    def _stop(self, state: State, process: Process) -> Iterator[Step]:
        phase = state.execution(process.campaign, process.number)
        closed = state.with_execution(process.campaign, process.number, "closed") if phase == "open" else state
        if not phase and self.rules.burns:
            yield "stop: not there", self._to(state, _at(process, process.at.replace("stop", "burn")))
        else:
            outcome = "dispatch_failed" if process.at.endswith("give up") else "stopped"
            yield "StopExecution", self._to(closed, _at(process, "end")._replace(status=outcome))
        yield "!StopExecution: refused", self._rest(state)
        yield "!StopExecution: answer lost", self._rest(closed)

    def _end(self, state: State, process: Process) -> Iterator[Step]:
        outcome = process.status or "stopped"
        yield f"end run: {outcome}", self._rest(store.end_run(state, self.rules, _run(state, process), outcome))

    def _look(self, state: State) -> Iterator[Step]:
        for run in state.runs:
            if run.is_live and run.state != self.rules.reconcile_passes_over:
                seen = Process("attempt", run.campaign, run.number, run.attempts)
                for label, after in self._due(state, run, seen):
                    yield f"{label} {run[:2]}", after

        for campaign, number, phase in state.executions:
            orphan = state.run(campaign, number)
            if phase == "open" and orphan is not None and not orphan.is_live:
                yield f"stops orphan {campaign, number}", state.with_execution(campaign, number, "closed")

    def _due(self, state: State, run: Run, seen: Process) -> Iterator[Step]:
        if run.state == "stopping":
            yield "sees stopping", self._wind_down(state, run)
        elif run.state == "dispatching":
            yield from self._again(state, run, seen, "dispatch_failed")
        elif self.channel == "sms":
            if (not run.claimable) if run.claimant == 0 else not run.leased:
                yield from self._again(state, run, seen, "failed" if run.claimant else "dispatch_failed")
        elif state.execution(run.campaign, run.number) in ("closed", "burned"):
            for outcome in ("succeeded", "failed"):
                yield f"sees it closed, {outcome}", self._to(state, _at(seen, "end")._replace(status=outcome))
        else:
            for label, after in self._again(state, run, seen, "failed"):
                yield f"!does not see it: {label}", after

    def _again(self, state: State, run: Run, seen: Process, outcome: str) -> Iterator[Step]:
        # It gives up also what is confirmed and not shown, without a last look, and whoever has tried since: more
        # than the orchestrator does, and safe all the same.
        if run.attempts < self.most_attempts:
            yield "sees it due", self._to(state, seen)
        elif self.channel != "sms":
            at = "stop and give up" if run.is_confirmed or not self.rules.burns else "burn and give up"
            yield "gives up", self._to(state, _at(seen, at))
        elif run.claimant or not run.claimable:
            yield "gives up", self._to(state, _at(seen, "end")._replace(status=outcome))


def _at(process: Process, at: str) -> Process:
    return process._replace(at=at)


def _run(state: State, process: Process) -> Run:
    run = state.run(process.campaign, process.number)
    if run is None:
        raise LookupError(f"run {process.number} of campaign {process.campaign} is not on record")
    return run
