"""What a reconciliation would do about a run, without doing it."""

from attrs import frozen

from orchestrator_domain import budgets
from orchestrator_domain.dispatchers import Dispatchers
from orchestrator_domain.ports.dispatcher import ExecutionControl, ExecutionPhase
from orchestrator_domain.run import Run, RunOutcome, RunState
from orchestrator_domain.upkeep_answers import Repair
from orchestrator_domain.use_cases.overdue import dispatch_is_overdue, is_past_grace, queued_work_is_overdue
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
                given_up = run.attempts >= budgets.MOST_ATTEMPTS
                return Repair.GIVEN_UP if given_up else Repair.ADOPTED, "never_confirmed"
            case RunState.DISPATCHED | RunState.RUNNING if control is not None:
                return _executing(run, control)
            case RunState.DISPATCHED | RunState.RUNNING:
                cause = queued_work_is_overdue(run)
                return _again_or(Repair.ENDED, run, cause) if cause else (Repair.NONE, None)
            case _:
                return Repair.NONE, None


def _unreported(run: Run, status: str | None) -> tuple[Repair, str | None]:
    ending = ending_of_invocation(run, status, None)
    if ending is None:
        return Repair.NONE, None
    return (Repair.STOPPED if run.state is RunState.STOPPING else Repair.ENDED), ending.cause


def _executing(run: Run, control: ExecutionControl) -> tuple[Repair, str | None]:
    seen = control.observe(run)
    if seen.phase is ExecutionPhase.CLOSED:
        outcome = seen.outcome or RunOutcome.FAILED
        return Repair.ENDED, seen.cause or outcome.value
    if seen.phase is ExecutionPhase.NOT_VISIBLE and is_past_grace(run):
        return _again_or(Repair.GIVEN_UP, run, "not_visible")
    return Repair.NONE, None


def _again_or(otherwise: Repair, run: Run, why: str) -> tuple[Repair, str | None]:
    return (Repair.DISPATCHED_AGAIN if run.attempts < budgets.MOST_ATTEMPTS else otherwise), why
