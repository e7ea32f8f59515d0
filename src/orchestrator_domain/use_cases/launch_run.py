"""The common path of start, resume and retry: admit, hand over, show, answer."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from attrs import field, frozen

from orchestrator_domain import budgets
from orchestrator_domain.answers import ActionAnswer, ProjectionState
from orchestrator_domain.campaign import Action
from orchestrator_domain.commands import ActionCommand
from orchestrator_domain.decisions import AdmissionRequest, Decision, EndVerdict, RequestKey, RunEnd, Verdict
from orchestrator_domain.errors import DeadlineTooClose, InProgress, OrchestratorError, StillStopping
from orchestrator_domain.measurements import Measurement, Metric
from orchestrator_domain.pools import Pools
from orchestrator_domain.ports.campaign_repository import CampaignRepository
from orchestrator_domain.ports.deadline import Deadline
from orchestrator_domain.ports.metrics import Metrics, NoMetrics
from orchestrator_domain.ports.run_ids import RunIds
from orchestrator_domain.run import Run, RunOutcome, RunState
from orchestrator_domain.use_cases.announcements import Announcements
from orchestrator_domain.use_cases.gauges import Gauges
from orchestrator_domain.use_cases.hand_over import HandOver, dispatch_failed, overtaken, unconfirmed
from orchestrator_domain.use_cases.overdue import dispatch_is_overdue
from orchestrator_domain.use_cases.projection import Projection
from orchestrator_domain.use_cases.time_left import require_time

if TYPE_CHECKING:
    from orchestrator_domain.use_cases.make_room import MakeRoom
    from orchestrator_domain.use_cases.wind_down import WindDown

DONE = {
    Action.START: "Campaign started successfully",
    Action.RESUME: "Campaign resumed successfully",
    Action.RETRY: "Campaign retried successfully",
}


@frozen(kw_only=True, eq=False, repr=False)
class LaunchRun:
    """Makes a run and hands it over.

    1. Time: nothing is begun that the rest of the invocation cannot cover.
    2. ``admit`` is the point of commitment: status, run, slot, key and audit row in one commit.
    3. The run is dispatched once, under its own name, with its stored input.
    4. The dispatch is recorded; while the repository does that, the run is shown in the slot ledger.
    5. A full pool is looked at (bounded) before anybody is refused.
    6. A repeated request is answered as the first; one whose dispatch is unsettled is settled now.

    What only a full pool, a stop on the way or a resume needs is made when it is first needed.
    """

    repository: CampaignRepository
    hand_over: HandOver
    projection: Projection
    wind_down: "Callable[[], WindDown]"
    make_room: "Callable[[], MakeRoom]"
    announcements: Announcements
    run_ids: RunIds
    pools: Pools
    metrics: Metrics = field(factory=NoMetrics)

    def launch(self, command: ActionCommand, deadline: Deadline) -> ActionAnswer:
        """Carry the command out; raises an OrchestratorError for every refusal."""
        try:
            return self._launch(command, deadline)
        except OrchestratorError as error:
            Gauges(self.metrics).refused(error, action=command.action.value)
            raise

    def _launch(self, command: ActionCommand, deadline: Deadline) -> ActionAnswer:
        require_time(deadline, budgets.BEFORE_ADMISSION_SECONDS)
        if command.action is not Action.START and self.hand_over.dispatchers.routes.some_report_nothing:
            # Such a dispatcher sets the campaign's status before anybody has noticed that its work has ended.
            self.make_room().of_campaign(command.campaign_id, deadline, origin=command.origin)
        run_id = self.run_ids.next_id()
        decision = self._admit(command, run_id)
        if decision.verdict is Verdict.RESOURCE_LIMIT_REACHED and decision.usage is not None:
            pool = decision.usage.name
            if self.make_room().in_pool(pool, deadline, origin=command.origin):
                decision = self._admit(command, run_id)
        if decision.verdict is not Verdict.ADMITTED or decision.run is None:
            raise self._refusal(decision, command, seed=run_id)
        if decision.replayed:
            return self._answer_again(decision.run, command, deadline)
        return self._dispatch(decision.run, command, deadline)

    def _refusal(self, decision: Decision, command: ActionCommand, *, seed: str) -> OrchestratorError:
        run = decision.run
        if decision.verdict is Verdict.STILL_STOPPING and run and self.hand_over.dispatchers.is_unreported(run):
            return StillStopping(
                run_number=run.number,
                in_flight=None,
                retry_after_seconds=budgets.STILL_STOPPING_RETRY_SECONDS,
                campaign_type=run.campaign_type,
            )
        from orchestrator_domain.use_cases.refusals import refusal_of

        return refusal_of(decision, campaign_id=command.campaign_id, action=command.action, seed=seed)

    def _admit(self, command: ActionCommand, run_id: str) -> Decision:
        return self.repository.admit(
            AdmissionRequest(
                campaign_id=command.campaign_id,
                action=command.action,
                key=RequestKey(key=command.idempotency_key, content_hash=command.content_hash),
                run_id=run_id,
                routes=self.hand_over.dispatchers.routes,
                pools=self.pools,
                origin=command.origin,
            )
        )

    def _dispatch(self, run: Run, command: ActionCommand, deadline: Deadline) -> ActionAnswer:
        if deadline.remaining_seconds() < budgets.BEFORE_DISPATCH_SECONDS:
            raise self._out_of_time(run, command, deadline)
        shown: int | None = None

        def show(reference: str) -> None:
            # It holds its slot since it was admitted, so this is true whatever becomes of the record.
            nonlocal shown
            shown = self.projection.record(run, run.execution_reference or reference)

        marked = self.hand_over.attempt(run, origin=command.origin, once_accepted=show)
        run, projection = marked.run, None
        if run.state is RunState.STOPPING:
            # A pause or stop was committed while the dispatch was under way, perhaps by a process that has
            # died since: help it, so that what was just dispatched does not outlive the stop.
            rest = self.wind_down().bring_to_rest(run, deadline, origin=command.origin)
            run, projection = rest.run, rest.projection
        elif run.state is RunState.ENDED:
            # A dispatcher can have claimed and finished a short run before its dispatch was recorded.
            projection = self.projection.withdraw(run, pool_active=marked.pool_active)
            # Or a reconciliation gave it up, which is what the same request will be told from now on.
            _require_that_it_had_begun(run)
        else:
            projection = self.projection.compare(run.pool, shown, marked.pool_active)
        self.metrics.record(Measurement(metric=Metric.CAMPAIGN_STARTS, pool=run.pool, action=command.action.value))
        self.announcements.action_done(command.action, run)
        return _answer(run, command, projection)

    def _out_of_time(self, run: Run, command: ActionCommand, deadline: Deadline) -> OrchestratorError:
        end = self.repository.end_run(
            RunEnd(
                identity=run.identity,
                outcome=RunOutcome.RETURNED,
                cause="deadline_too_close",
                origin=command.origin,
                only_if_attempts=run.attempts,
            )
        )
        if end.verdict is not EndVerdict.ENDED:
            return InProgress(
                retry_after_seconds=budgets.IN_PROGRESS_RETRY_SECONDS, campaign_type=run.campaign_type
            )
        return DeadlineTooClose(
            needed_seconds=budgets.BEFORE_DISPATCH_SECONDS, remaining_seconds=deadline.remaining_seconds()
        )

    def _answer_again(self, run: Run, command: ActionCommand, deadline: Deadline) -> ActionAnswer:
        """The answer of the first delivery; ``run`` is what that delivery admitted, as it now stands."""
        if run.state is RunState.DISPATCHING:
            return self._dispatch(self._next_attempt(run), command, deadline)
        _require_that_it_had_begun(run)
        is_stopped = run.state is RunState.STOPPING or run.outcome is RunOutcome.STOPPED
        if is_stopped and run.dispatched_at is None and run.acknowledged_at is None:
            raise overtaken(run, has_begun_is_known=False)
        return _answer(run, command, None)

    def _next_attempt(self, run: Run) -> Run:
        """Settle an unsettled dispatch, unless whoever began it may still be at it, or it would be made twice."""
        if self.hand_over.dispatchers.is_unreported_invocation(run) and dispatch_is_overdue(run):
            raise unconfirmed(run, "cannot_be_repeated")
        if dispatch_is_overdue(run):
            route = self.hand_over.dispatchers.route_of(run)
            again = self.repository.begin_attempt(
                run.identity,
                expected_attempts=run.attempts,
                claim_window_seconds=route.claim_window_seconds if route else None,
            )
            if again is not None:
                return again
        raise InProgress(retry_after_seconds=budgets.IN_PROGRESS_RETRY_SECONDS, campaign_type=run.campaign_type)


def _require_that_it_had_begun(run: Run) -> None:
    """A run that its dispatcher took before it was given up was told to have begun, and is so again."""
    was_taken = run.dispatched_at is not None and run.ended_at is not None and run.dispatched_at < run.ended_at
    if run.outcome is RunOutcome.DISPATCH_FAILED and not was_taken:
        raise dispatch_failed(run, run.cause or "unknown")


def _answer(run: Run, command: ActionCommand, projection: ProjectionState | None) -> ActionAnswer:
    return ActionAnswer(
        campaign_id=run.campaign_id,
        campaign_type=run.campaign_type,
        action=command.action,
        message=DONE[command.action],
        run=run,
        projection=projection,
    )
