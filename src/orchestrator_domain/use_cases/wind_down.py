"""Brings a stopping run to rest."""

from attrs import frozen

from orchestrator_domain import budgets
from orchestrator_domain.answers import ProjectionState
from orchestrator_domain.commands import Origin
from orchestrator_domain.decisions import EndDecision, EndVerdict, RunEnd
from orchestrator_domain.dispatchers import Dispatchers
from orchestrator_domain.errors import StoreUnavailable
from orchestrator_domain.ports.campaign_repository import CampaignRepository
from orchestrator_domain.ports.deadline import Deadline
from orchestrator_domain.ports.dispatcher import StopAnswer
from orchestrator_domain.run import Run, RunOutcome, RunState
from orchestrator_domain.use_cases.projection import Projection
from orchestrator_domain.value import Value

ENDED = (EndVerdict.ENDED, EndVerdict.ALREADY_ENDED)


@frozen(kw_only=True, eq=False, repr=False)
class Rest(Value):
    """How far a run has come to rest; ``run.state`` tells: STOPPING or ENDED."""

    run: Run
    projection: ProjectionState | None


@frozen(kw_only=True, eq=False, repr=False)
class WindDown:
    """Brings a STOPPING run to rest. Serves pause, stop, and whoever finishes what they left.

    1. The fence stands already: since the commit of pause or stop no batch begins.
    2. Where executions can be stopped, the run's execution is stopped, or its name burned when its dispatch
       was never confirmed. Where they cannot (a queued message), the claim is fenced, which is enough; an
       invocation that claims nothing is left to end by itself.
    3. The run ends, and its slot is free, only when the execution is closed or can never start, and no batch
       lease is open.
    4. What cannot be finished now (no answer, no time, an open lease) is left STOPPING, for a later signal.
    """

    repository: CampaignRepository
    dispatchers: Dispatchers
    projection: Projection

    def bring_to_rest(self, run: Run, deadline: Deadline, *, origin: Origin) -> Rest:
        """Do what is left of stopping ``run``. Raises nothing for what the outside does."""
        if run.state is RunState.ENDED:
            return Rest(run=run, projection=None)
        if not self._execution_is_over(run, deadline):
            return Rest(run=run, projection=None)
        try:
            decision = self.repository.end_run(
                RunEnd(
                    identity=run.identity,
                    outcome=RunOutcome.STOPPED,
                    cause=run.cause or "stopped",
                    origin=origin,
                )
            )
        except StoreUnavailable:
            return Rest(run=run, projection=None)
        return self._after(run, decision)

    def _execution_is_over(self, run: Run, deadline: Deadline) -> bool:
        control = self.dispatchers.control_of(run)
        if control is None:
            return not self.dispatchers.is_unreported(run)
        if deadline.remaining_seconds() < budgets.BEFORE_DISPATCH_SECONDS:
            return False
        return control.stop(run, reason=run.cause or "stopped") is StopAnswer.CLOSED

    def _after(self, run: Run, decision: EndDecision) -> Rest:
        present = decision.run or run
        if decision.verdict in ENDED:
            return Rest(
                run=present,
                projection=self.projection.withdraw(present, pool_active=decision.pool_active),
            )
        return Rest(run=present, projection=None)
