"""What a reconciliation would do about a run, without doing it."""

from attrs import frozen

from orchestrator_domain import budgets
from orchestrator_domain.dispatchers import Dispatchers
from orchestrator_domain.ports.dispatcher import ExecutionControl, ExecutionPhase
from orchestrator_domain.run import Run, RunOutcome, RunState
from orchestrator_domain.upkeep_answers import Repair
from orchestrator_domain.use_cases.overdue import (
    NEVER_CONFIRMED,
    dispatch_is_overdue,
    execution_is_missing,
    is_past_grace,
    queued_work_is_overdue,
)
from orchestrator_domain.use_cases.unreported_runs import ending_of_invocation


@frozen(kw_only=True, eq=False, repr=False)
class ForeseeRepair:
    """Looks at a run as SettleRun does, and changes nothing: the dispatcher is looked at and asked for nothing."""

    dispatchers: Dispatchers

    def first_of(self, run: Run, status: str | None) -> tuple[Repair, str | None]:
        """The first repair that would be made, and why; NONE for a run that is as it should be.

        Args:
            status: of the run's campaign; None: it is gone.
        """
        if run.is_live and self.dispatchers.is_unreported_invocation(run):
            return _unreported(run, status)
        control = self.dispatchers.control_of(run)
        match run.state:
            case RunState.STOPPING:
                return Repair.STOPPED, run.cause
            case RunState.DISPATCHING if dispatch_is_overdue(run):
                return _dispatching(run, control)
            case RunState.DISPATCHED | RunState.RUNNING if control is not None:
                return _executing(run, control)
            case RunState.DISPATCHED | RunState.RUNNING:
                return _queued(run)
            case _:
                return Repair.NONE, None


def _unreported(run: Run, status: str | None) -> tuple[Repair, str | None]:
    ending = ending_of_invocation(run, status, None)
    if ending is None:
        return Repair.NONE, None
    return (Repair.STOPPED if run.state is RunState.STOPPING else Repair.ENDED), ending.cause


def _dispatching(run: Run, control: ExecutionControl | None) -> tuple[Repair, str | None]:
    if run.attempts < budgets.MOST_ATTEMPTS:
        return Repair.ADOPTED, NEVER_CONFIRMED
    if control is None:
        return (Repair.GIVEN_UP, NEVER_CONFIRMED) if run.claim_is_impossible else (Repair.NONE, None)
    seen = control.observe(run)
    if seen.is_ours and seen.reference is not None:
        return Repair.ADOPTED, NEVER_CONFIRMED
    if seen.phase is ExecutionPhase.NO_ANSWER or not is_past_grace(run):
        return Repair.NONE, None
    return Repair.GIVEN_UP, NEVER_CONFIRMED


def _executing(run: Run, control: ExecutionControl) -> tuple[Repair, str | None]:
    seen = control.observe(run)
    if seen.phase is ExecutionPhase.CLOSED:
        outcome = seen.outcome or RunOutcome.FAILED
        return Repair.ENDED, seen.cause or outcome.value
    if seen.phase is ExecutionPhase.NOT_VISIBLE and execution_is_missing(run):
        return Repair.DISPATCHED_AGAIN, "not_visible"
    return Repair.NONE, None


def _queued(run: Run) -> tuple[Repair, str | None]:
    cause = queued_work_is_overdue(run)
    if cause is None:
        return Repair.NONE, None
    may_be_tried = run.attempts_without_progress < budgets.MOST_ATTEMPTS
    return Repair.DISPATCHED_AGAIN if may_be_tried else Repair.ENDED, cause
