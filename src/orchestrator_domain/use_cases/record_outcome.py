"""Follow up a signal that something may have happened to a run."""

from attrs import frozen

from orchestrator_domain import budgets
from orchestrator_domain.answers import SettleAnswer
from orchestrator_domain.commands import OutcomeHint
from orchestrator_domain.ports.campaign_repository import CampaignRepository
from orchestrator_domain.ports.deadline import Deadline
from orchestrator_domain.run import Run, RunIdentity
from orchestrator_domain.use_cases.settle_run import SettleRun
from orchestrator_domain.use_cases.time_left import require_time


@frozen(kw_only=True)
class RecordOutcome:
    """Follow up a signal that something may have happened to a run.

    - A signal is a hint: it may be lost, late, repeated, out of order, or forged. It only makes the
      orchestrator look at the run that it names; the outcome is what the run's own dispatcher shows.
    - A signal that names no run of ours has no effect.
    """

    repository: CampaignRepository
    settle_run: SettleRun

    def execute(self, hint: OutcomeHint, deadline: Deadline) -> SettleAnswer:
        require_time(deadline, budgets.STORE_SECONDS + budgets.BEFORE_DISPATCH_SECONDS)
        run = self._find(hint)
        if run is None:
            return SettleAnswer(run=None, repairs=(), projection=None)
        return self.settle_run.settle(run, deadline, origin=hint.origin)

    def _find(self, hint: OutcomeHint) -> Run | None:
        if hint.execution_name is not None:
            return self.repository.find_run_by_execution_name(hint.execution_name)
        if hint.campaign_id is not None and hint.run_number is not None:
            return self.repository.find_run(RunIdentity(campaign_id=hint.campaign_id, number=hint.run_number))
        return None
