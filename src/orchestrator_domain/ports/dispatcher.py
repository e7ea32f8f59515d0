"""Hands runs to whoever executes them."""

from abc import abstractmethod
from collections.abc import Sequence
from enum import StrEnum
from typing import Protocol, runtime_checkable

from attrs import frozen

from orchestrator_domain.run import Run, RunOutcome, RunState
from orchestrator_domain.value import Value


@frozen(kw_only=True, eq=False, repr=False)
class Accepted(Value):
    """The dispatcher has the run. ``state`` is DISPATCHED (queued) or RUNNING (the execution exists)."""

    reference: str
    state: RunState


@frozen(kw_only=True, eq=False, repr=False)
class NoEffect(Value):
    """The request cannot have reached the dispatcher (name resolution, connect, TLS)."""

    cause: str


@frozen(kw_only=True, eq=False, repr=False)
class Refused(Value):
    """The dispatcher answered no. ``transient``: it may say yes later (throttled, limit of executions)."""

    cause: str
    transient: bool


@frozen(kw_only=True, eq=False, repr=False)
class Unknown(Value):
    """The request may have taken effect, or may still: no answer, a broken one, or a server error."""

    cause: str


@frozen(kw_only=True, eq=False, repr=False)
class Collision(Value):
    """The run's name is taken by something else: burned by a stop, or foreign."""

    cause: str


DispatchAnswer = Accepted | NoEffect | Refused | Unknown | Collision


@runtime_checkable
class Dispatcher(Protocol):
    """Hands a run over.

    1. ``dispatch`` sends ``run.dispatch_input`` under ``run.execution_name``, at most once per call: no retries.
    2. It never raises for what the outside does: every answer, error and silence is one of the five answers.
       What may have taken effect is never called NoEffect or Refused.
    3. Dispatching the same run again makes no second piece of work, or only one that cannot claim the run.
    4. Causes are stable words or the service's error code, never free text of the service.
    5. ``dispatch`` is bounded by budgets.DISPATCH_SECONDS, which all of its calls to the outside share: one before,
       where it must be learnt whether the outside can take runs at all, and one after, where the name turns out to
       be taken. A call that has no time left is not made: before the request that is NoEffect, after it Unknown.
    """

    @abstractmethod
    def dispatch(self, run: Run) -> DispatchAnswer:
        """Hand the run over, once."""


class ExecutionPhase(StrEnum):
    """OPEN: at work. CLOSED: over for good.

    NOT_VISIBLE: the dispatcher says that there is none, which proves nothing: what it shows may be behind.
    NO_ANSWER: it has said nothing about the execution, so nothing is known and nothing follows.
    """

    OPEN = "open"
    CLOSED = "closed"
    NOT_VISIBLE = "not_visible"
    NO_ANSWER = "no_answer"


@frozen(kw_only=True, eq=False, repr=False)
class Observation(Value):
    """What a dispatcher shows of a run's execution.

    Attributes:
        outcome: CLOSED only.
        reference: OPEN and CLOSED only.
        is_ours: False when the execution of that name was given another input (a burned name).
    """

    phase: ExecutionPhase
    outcome: RunOutcome | None = None
    cause: str | None = None
    reference: str | None = None
    is_ours: bool = True


class StopAnswer(StrEnum):
    """CLOSED: the execution is over, or can never start. UNCONFIRMED: nobody knows; ask again later."""

    CLOSED = "closed"
    UNCONFIRMED = "unconfirmed"


@frozen(kw_only=True, eq=False, repr=False)
class OpenExecutions(Value):
    """A page of the executions that are open, whoever started them.

    Attributes:
        names: their names.
        next_page: what ``open_executions`` takes to go on; None: this was the last page.
    """

    names: Sequence[str]
    next_page: str | None


@runtime_checkable
class ExecutionControl(Protocol):
    """What a dispatcher can do whose executions can be looked at and stopped.

    1. No method raises for what the outside does; ``observe`` answers NO_ANSWER, ``stop`` UNCONFIRMED.
    2. Each method is bounded by budgets.DISPATCH_SECONDS. Calls to the outside are made without retries; ``stop``
       makes three of them at most (stop, burn, stop), which share that time, every other method one.
    """

    @abstractmethod
    def observe(self, run: Run) -> Observation:
        """Look at the run's own execution."""

    @abstractmethod
    def stop(self, run: Run, *, reason: str) -> StopAnswer:
        """Stop the run's execution for good.

        3. A run whose dispatch was confirmed (it is known by its reference, or claimed) is stopped; one whose
           dispatch was never confirmed has its name burned first, so that a straggling request cannot start it.
        4. Stopping a closed execution is CLOSED.
        """

    @abstractmethod
    def open_executions(self, *, most: int, page: str | None) -> OpenExecutions | None:
        """The names of up to ``most`` (1 to 1,000) executions that are open; None when the outside did not tell.

        5. What is shown may be a little behind: an execution that has just begun may be missing, and one that has
           just ended may be there.
        6. For a ``page`` that the outside does not know any more it shows the first page, or an empty last one.
        """

    @abstractmethod
    def stop_named(self, execution_name: str, *, reason: str) -> StopAnswer:
        """Stop an execution that no live run has. Burns no name; one that is not shown is UNCONFIRMED."""
