"""Dispatchers in memory: products for tests, simulations and embedding."""

from collections.abc import Callable
from threading import Lock

from attrs import define, evolve, field, frozen

from orchestrator_domain.ports.dispatcher import (
    Accepted,
    Collision,
    DispatchAnswer,
    Dispatcher,
    ExecutionControl,
    ExecutionPhase,
    Observation,
    OpenExecutions,
    StopAnswer,
)
from orchestrator_domain.run import Run, RunOutcome, RunState

BURNED_INPUT = b'{"void":true}'


@frozen(kw_only=True)
class Execution:
    """What has a name: ``outcome`` is None while it is open."""

    name: str
    given: bytes
    outcome: RunOutcome | None = None


def agrees(_: Run) -> DispatchAnswer | None:
    """The fault that is none."""
    return None


@define
class InMemoryExecutions(Dispatcher, ExecutionControl):
    """Dispatcher and ExecutionControl with the rules of Step Functions: a name starts one execution.

    Attributes:
        fault: asked before each dispatch; an answer that it gives is given instead, and nothing starts.
        answer_lost: asked after each dispatch; an answer that it gives is given instead of the true one.
        away: what looks or stops gets no answer.
    """

    fault: Callable[[Run], DispatchAnswer | None] = agrees
    answer_lost: Callable[[Run], DispatchAnswer | None] = agrees
    away: bool = False
    executions: dict[str, Execution] = field(factory=dict)
    dispatched: list[str] = field(factory=list)
    _lock: Lock = field(factory=Lock, init=False, repr=False)

    def dispatch(self, run: Run) -> DispatchAnswer:
        faulty = self.fault(run)
        if faulty is not None:
            return faulty
        with self._lock:
            answer = self._start(run)
        return self.answer_lost(run) or answer

    def observe(self, run: Run) -> Observation:
        with self._lock:
            seen = self.executions.get(run.execution_name)
        if self.away:
            return Observation(phase=ExecutionPhase.NO_ANSWER)
        if seen is None:
            return Observation(phase=ExecutionPhase.NOT_VISIBLE)
        return Observation(
            phase=ExecutionPhase.OPEN if seen.outcome is None else ExecutionPhase.CLOSED,
            outcome=seen.outcome,
            reference=_reference(run),
            is_ours=seen.given == run.dispatch_input,
        )

    def stop(self, run: Run, *, reason: str) -> StopAnswer:
        if self.away:
            return StopAnswer.UNCONFIRMED
        with self._lock:
            burned = Execution(name=run.execution_name, given=BURNED_INPUT)
            present = self.executions.setdefault(run.execution_name, burned)
            if present.outcome is None:
                self.executions[run.execution_name] = evolve(present, outcome=RunOutcome.ABORTED)
        return StopAnswer.CLOSED

    def open_executions(self, *, most: int, page: str | None) -> OpenExecutions | None:
        if self.away:
            return None
        with self._lock:
            open_ = sorted(one.name for one in self.executions.values() if one.outcome is None)
        behind = [name for name in open_ if page is None or name > page]
        return OpenExecutions(names=behind[:most], next_page=behind[most - 1] if len(behind) > most else None)

    def stop_named(self, execution_name: str, *, reason: str) -> StopAnswer:
        if self.away:
            return StopAnswer.UNCONFIRMED
        with self._lock:
            present = self.executions.get(execution_name)
            if present is None:
                return StopAnswer.UNCONFIRMED
            if present.outcome is None:
                self.executions[execution_name] = evolve(present, outcome=RunOutcome.ABORTED)
        return StopAnswer.CLOSED

    def begin(self, execution_name: str, given: bytes) -> None:
        """Let an execution begin that nobody here has asked for: another hand's, or one that is run again."""
        with self._lock:
            self.executions[execution_name] = Execution(name=execution_name, given=given)

    def close(self, execution_name: str, outcome: RunOutcome) -> None:
        """Let an open execution end by itself."""
        with self._lock:
            open_ = self.executions[execution_name]
            if open_.outcome is None:
                self.executions[execution_name] = evolve(open_, outcome=outcome)

    def _start(self, run: Run) -> DispatchAnswer:
        present = self.executions.get(run.execution_name)
        if present is None:
            self.executions[run.execution_name] = Execution(name=run.execution_name, given=run.dispatch_input)
            self.dispatched.append(run.execution_name)
        elif present.given != run.dispatch_input:
            return Collision(cause="name_taken")
        return Accepted(reference=_reference(run), state=RunState.RUNNING)


@define
class InMemoryMessages(Dispatcher):
    """Dispatcher with the rules of an asynchronous Lambda: what it takes is queued, for the test to deliver.

    Attributes:
        fault, answer_lost: as in InMemoryExecutions.
        queue: what was taken; delivering it once, twice, late or never is up to whoever reads it.
    """

    fault: Callable[[Run], DispatchAnswer | None] = agrees
    answer_lost: Callable[[Run], DispatchAnswer | None] = agrees
    queue: list[Run] = field(factory=list)

    def dispatch(self, run: Run) -> DispatchAnswer:
        faulty = self.fault(run)
        if faulty is not None:
            return faulty
        self.queue.append(run)
        accepted = Accepted(reference=f"message-{run.execution_name}-{run.attempts}", state=RunState.DISPATCHED)
        return self.answer_lost(run) or accepted


def _reference(run: Run) -> str:
    return f"arn:aws:states:us-east-1:000000000000:execution:in-memory:{run.execution_name}"
