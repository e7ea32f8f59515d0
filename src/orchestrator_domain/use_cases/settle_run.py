"""Finds out how a run stands and finishes what is half done. Serves every late signal."""

from collections.abc import Callable

from attrs import frozen

from orchestrator_domain import budgets
from orchestrator_domain.answers import ProjectionState
from orchestrator_domain.commands import Origin
from orchestrator_domain.decisions import EndVerdict, MarkedRun, RunEnd
from orchestrator_domain.dispatchers import Dispatchers
from orchestrator_domain.errors import DispatchError, InvalidState
from orchestrator_domain.invocation import InvocationRecord
from orchestrator_domain.ports.campaign_repository import CampaignRepository
from orchestrator_domain.ports.deadline import Deadline
from orchestrator_domain.ports.dispatcher import ExecutionControl, ExecutionPhase, Observation, StopAnswer
from orchestrator_domain.run import Run, RunOutcome, RunState
from orchestrator_domain.upkeep_answers import Repair, SettleAnswer
from orchestrator_domain.use_cases.announcements import Announcements
from orchestrator_domain.use_cases.hand_over import HandOver
from orchestrator_domain.use_cases.overdue import (
    NEVER_CONFIRMED,
    dispatch_is_overdue,
    execution_is_missing,
    is_past_grace,
    queued_work_is_overdue,
)
from orchestrator_domain.use_cases.projection import Projection
from orchestrator_domain.use_cases.stop_orphans import StopOrphans
from orchestrator_domain.use_cases.unreported_runs import Ending, ending_of_invocation, outcome_agreed_with
from orchestrator_domain.use_cases.wind_down import WindDown
from orchestrator_domain.value import Value

MOST_STEPS = 4
"""Handed over again, looked at, ended, shown: no run needs more steps to reach what can be reached now."""


@frozen(kw_only=True, eq=False, repr=False)
class Step(Value):
    """What one look at a run did. ``again``: look once more, the run has moved."""

    run: Run
    repair: Repair = Repair.NONE
    projection: ProjectionState | None = None
    again: bool = False


@frozen(kw_only=True, eq=False, repr=False)
class SettleRun:
    """Looks at one run and does what is due.

    1. It believes only the repository and the run's own dispatcher, never the signal that called it; of a
       dispatcher that does not report, also the record of the run's own invocation.
    2. Safe at any time, any number of times, and by several processes at once.
    3. A run that is as it should be is left alone.
    """

    repository: CampaignRepository
    hand_over: HandOver
    wind_down: WindDown
    projection: Projection
    announcements: Announcements
    stop_orphans: StopOrphans

    @property
    def dispatchers(self) -> Dispatchers:
        return self.hand_over.dispatchers

    def settle(
        self, run: Run, deadline: Deadline, *, origin: Origin, record: InvocationRecord | None = None
    ) -> SettleAnswer:
        """Do what is due for ``run``. Raises StoreUnavailable only; the next signal then goes on."""
        repairs: list[Repair] = []
        projection: ProjectionState | None = None
        for _ in range(MOST_STEPS):
            if deadline.remaining_seconds() < budgets.BEFORE_DISPATCH_SECONDS:
                break
            if run.is_live and self.dispatchers.is_unreported_invocation(run):
                step = self._unreported(run, record, origin)
            else:
                step = self._steps()[run.state](run, deadline, origin)
            run, projection = step.run, step.projection or projection
            if step.repair is not Repair.NONE:
                repairs.append(step.repair)
            if not step.again:
                break
        return SettleAnswer(run=run, repairs=repairs, projection=projection)

    def _steps(self) -> dict[RunState, Callable[[Run, Deadline, Origin], Step]]:
        return {
            RunState.DISPATCHING: self._dispatching,
            RunState.DISPATCHED: self._handed_over,
            RunState.RUNNING: self._handed_over,
            RunState.STOPPING: self._stopping,
            RunState.ENDED: self._ended,
        }

    def _unreported(self, run: Run, record: InvocationRecord | None, origin: Origin) -> Step:
        # Never handed over again, also while it is not confirmed: the dispatcher would do everything twice.
        ending = ending_of_invocation(run, self._status(run), record)
        if ending is not None:
            repair = Repair.STOPPED if run.state is RunState.STOPPING else Repair.ENDED
            return self._end(run, ending.outcome, ending.cause, origin, repair=repair)
        at_work = run.state is RunState.RUNNING
        return Step(run=run, projection=self.projection.show(run, pool_active=None) if at_work else None)

    def _status(self, run: Run) -> str | None:
        campaign = self.repository.find_campaigns([run.campaign_id]).get(run.campaign_id)
        return campaign.status if campaign else None

    def _dispatching(self, run: Run, deadline: Deadline, origin: Origin) -> Step:
        if not dispatch_is_overdue(run):
            return Step(run=run)
        if run.attempts < budgets.MOST_ATTEMPTS:
            return self._hand_over_again(run, origin)
        control = self.dispatchers.control_of(run)
        if control is None:
            return self._give_up(run, origin) if run.claim_is_impossible else Step(run=run)
        return self._adopt_or_give_up(run, control, origin)

    def _handed_over(self, run: Run, deadline: Deadline, origin: Origin) -> Step:
        control = self.dispatchers.control_of(run)
        return self._queued(run, origin) if control is None else self._executing(run, control, origin)

    def _executing(self, run: Run, control: ExecutionControl, origin: Origin) -> Step:
        seen = control.observe(run)
        if seen.phase is ExecutionPhase.CLOSED:
            ending = _ending(run, seen)
            if self.dispatchers.is_unreported(run):
                ending = outcome_agreed_with(self._status(run), ending)
            return self._end(run, ending.outcome, ending.cause, origin)
        if seen.phase is ExecutionPhase.NOT_VISIBLE and execution_is_missing(run):
            # Describe is eventually consistent: that it shows nothing proves nothing. Only StartExecution under
            # the same name does, and it starts no second execution while there is one. However often: as long as
            # the name could be burned it can be started, and what could be stopped instead would be at work.
            return self._hand_over_again(run, origin)
        return Step(run=run, projection=self.projection.show(run, pool_active=None))

    def _queued(self, run: Run, origin: Origin) -> Step:
        cause = queued_work_is_overdue(run)
        if cause is None:
            return Step(run=run, projection=self.projection.show(run, pool_active=None))
        if run.attempts_without_progress < budgets.MOST_ATTEMPTS:
            return self._hand_over_again(run, origin)
        outcome = RunOutcome.DISPATCH_FAILED if run.claimant is None else RunOutcome.FAILED
        return self._end(run, outcome, cause, origin)

    def _hand_over_again(self, run: Run, origin: Origin) -> Step:
        route = self.dispatchers.route_of(run)
        attempt = self.repository.begin_attempt(
            run.identity,
            expected_attempts=run.attempts,
            claim_window_seconds=route.claim_window_seconds if route else None,
        )
        if attempt is None:
            return Step(run=run)
        try:
            marked = self.hand_over.attempt(attempt, origin=origin)
        except (DispatchError, InvalidState):
            return Step(run=self.repository.find_run(run.identity) or attempt)
        return self._taken(marked, Repair.ADOPTED if run.state is RunState.DISPATCHING else Repair.DISPATCHED_AGAIN)

    def _taken(self, marked: MarkedRun, repair: Repair) -> Step:
        projection = self.projection.show(marked.run, pool_active=marked.pool_active)
        return Step(run=marked.run, repair=repair, projection=projection, again=True)

    def _adopt_or_give_up(self, run: Run, control: ExecutionControl, origin: Origin) -> Step:
        # An attempt may have been accepted and only its record be missing: the burn would stop what is at work.
        seen = control.observe(run)
        if seen.is_ours and seen.reference is not None:
            marked = self.repository.mark_dispatched(
                run.identity, reference=seen.reference, state=RunState.RUNNING, origin=origin
            )
            return self._taken(marked, Repair.ADOPTED)
        if seen.phase is ExecutionPhase.NO_ANSWER or not is_past_grace(run):
            return Step(run=run)
        is_over = control.stop(run, reason=NEVER_CONFIRMED) is StopAnswer.CLOSED
        return self._give_up(run, origin) if is_over else Step(run=run)

    def _give_up(self, run: Run, origin: Origin) -> Step:
        # What was seen to be impossible are these attempts: one that somebody has begun since is not overtaken.
        end = RunEnd(
            identity=run.identity,
            outcome=RunOutcome.DISPATCH_FAILED,
            cause=NEVER_CONFIRMED,
            origin=origin,
            only_if_attempts=run.attempts,
            even_if_unknown=True,
        )
        return self._end_as(run, end, Repair.GIVEN_UP)

    def _end(
        self, run: Run, outcome: RunOutcome, cause: str, origin: Origin, *, repair: Repair = Repair.ENDED
    ) -> Step:
        end = RunEnd(identity=run.identity, outcome=outcome, cause=cause, origin=origin)
        return self._end_as(run, end, repair)

    def _end_as(self, run: Run, end: RunEnd, repair: Repair) -> Step:
        decision = self.repository.end_run(end)
        present = decision.run or run
        if decision.verdict is EndVerdict.ENDED:
            projection = self.projection.withdraw(present, pool_active=decision.pool_active)
            if present.outcome is not RunOutcome.STOPPED:
                self.announcements.run_ended(present)
            return Step(run=present, repair=repair, projection=projection)
        return Step(run=present, again=decision.verdict is EndVerdict.ALREADY_ENDED)

    def _stopping(self, run: Run, deadline: Deadline, origin: Origin) -> Step:
        rest = self.wind_down.bring_to_rest(run, deadline, origin=origin)
        ended = rest.run.state is RunState.ENDED
        return Step(run=rest.run, repair=Repair.STOPPED if ended else Repair.NONE, projection=rest.projection)

    def _ended(self, run: Run, deadline: Deadline, origin: Origin) -> Step:
        projection = self.projection.withdraw(run, pool_active=None)
        control = self.dispatchers.control_of(run)
        redriven = control is not None and self.stop_orphans.stop_redriven(run, control, origin=origin)
        return Step(run=run, repair=Repair.ORPHAN_STOPPED if redriven else Repair.NONE, projection=projection)


def _ending(run: Run, seen: Observation) -> Ending:
    """What a closed execution makes of its run. *Succeeded* must add up where contacts were counted."""
    if not seen.is_ours:
        return Ending(outcome=RunOutcome.DISPATCH_FAILED, cause="name_taken")
    outcome = seen.outcome or RunOutcome.FAILED
    if outcome is RunOutcome.SUCCEEDED and not run.progress.adds_up:
        return Ending(outcome=RunOutcome.FAILED, cause="does_not_add_up")
    return Ending(outcome=outcome, cause=seen.cause or outcome.value)
