"""Follow up a signal that something may have happened to a run."""

from attrs import frozen

from orchestrator_domain import budgets
from orchestrator_domain.errors import InProgress
from orchestrator_domain.ports.campaign_repository import CampaignRepository
from orchestrator_domain.ports.deadline import Deadline
from orchestrator_domain.run import Run, RunIdentity
from orchestrator_domain.upkeep_answers import SettleAnswer
from orchestrator_domain.upkeep_commands import OutcomeHint
from orchestrator_domain.use_cases.overdue import is_past_grace
from orchestrator_domain.use_cases.settle_run import SettleRun
from orchestrator_domain.use_cases.time_left import require_time


@frozen(kw_only=True, eq=False, repr=False)
class RecordOutcome:
    """Follow up a signal that something may have happened to a run.

    - A signal is a hint: it may be lost, late, repeated, out of order, or forged. It only makes the
      orchestrator look at the run that it names; the outcome is what the run's own dispatcher shows.
    - Where the dispatcher shows nothing, the record of an invocation ends the run that is that invocation: the two
      are known to be the same by its request id, which only the service, the function and we have been told.
    - A signal that names no run of ours has no effect.
    """

    repository: CampaignRepository
    settle_run: SettleRun

    def execute(self, hint: OutcomeHint, deadline: Deadline) -> SettleAnswer:
        """Follow the signal up. Raises InProgress when it is to come again: it cannot be judged yet."""
        require_time(deadline, budgets.STORE_SECONDS + budgets.BEFORE_DISPATCH_SECONDS)
        run = self._find(hint)
        if run is None:
            return SettleAnswer(run=None, repairs=(), projection=None)
        if hint.invocation is not None and self._cannot_be_compared_yet(run):
            raise InProgress(retry_after_seconds=budgets.IN_PROGRESS_RETRY_SECONDS, campaign_type=run.campaign_type)
        return self.settle_run.settle(run, deadline, origin=hint.origin, record=hint.invocation)

    def _cannot_be_compared_yet(self, run: Run) -> bool:
        """Whether the invocation has ended before whoever made it has recorded which it is."""
        unreported = run.is_live and self.settle_run.dispatchers.is_unreported_invocation(run)
        return unreported and run.execution_reference is None and not is_past_grace(run)

    def _find(self, hint: OutcomeHint) -> Run | None:
        if hint.execution_name is not None:
            return self.repository.find_run_by_execution_name(hint.execution_name)
        if hint.campaign_id is not None and hint.run_number is not None:
            return self.repository.find_run(RunIdentity(campaign_id=hint.campaign_id, number=hint.run_number))
        return None
