"""What is in the way of a new run is looked at before anybody is refused."""

from attrs import frozen

from orchestrator_domain import budgets
from orchestrator_domain.commands import Origin
from orchestrator_domain.ports.campaign_repository import CampaignRepository
from orchestrator_domain.ports.deadline import Deadline
from orchestrator_domain.run import RunState
from orchestrator_domain.use_cases.overdue import is_past_grace
from orchestrator_domain.use_cases.settle_run import SettleRun

MOST_RUNS_LOOKED_AT = 10


@frozen(kw_only=True, eq=False, repr=False)
class MakeRoom:
    """Settles the oldest runs of a full pool that are past their grace period, or the run of one campaign.

    1. A run whose work has ended refuses nobody, also when the event of its end was lost and no schedule runs.
    2. Bounded: at most ten runs, oldest first, and only while the time suffices for the start itself.
    3. It concerns the one pool that is full, and no other.
    """

    repository: CampaignRepository
    settle_run: SettleRun

    def in_pool(self, pool: str, deadline: Deadline, *, origin: Origin) -> bool:
        """Whether a slot of ``pool`` has become free by looking."""
        for run in self.repository.live_runs(pool, limit=MOST_RUNS_LOOKED_AT):
            needed = budgets.BEFORE_ADMISSION_SECONDS + budgets.BEFORE_DISPATCH_SECONDS
            if deadline.remaining_seconds() < needed:
                return False
            if not is_past_grace(run) and run.state is not RunState.STOPPING:
                continue
            settled = self.settle_run.settle(run, deadline, origin=origin).run
            if settled is not None and settled.state is RunState.ENDED:
                return True
        return False

    def of_campaign(self, campaign_id: str, deadline: Deadline, *, origin: Origin) -> None:
        """Settle the campaign's run if nobody reports on it: its dispatcher may have set the status since."""
        campaign = self.repository.find_campaigns([campaign_id]).get(campaign_id)
        latest = campaign.latest_run if campaign else None
        if latest is None or not latest.is_live or not self.settle_run.dispatchers.is_unreported(latest):
            return
        run = self.repository.find_run(latest.identity)
        needed = budgets.BEFORE_ADMISSION_SECONDS + budgets.BEFORE_DISPATCH_SECONDS
        if run is not None and deadline.remaining_seconds() >= needed:
            self.settle_run.settle(run, deadline, origin=origin)
