"""One live run is brought to where it should be."""

from collections.abc import Sequence
from typing import Final

from attrs import evolve, frozen

from orchestrator_domain.campaign import Campaign, CampaignStatus
from orchestrator_domain.commands import Origin
from orchestrator_domain.errors import DeadlineTooClose, StoreUnavailable
from orchestrator_domain.ports.campaign_repository import CampaignRepository
from orchestrator_domain.ports.deadline import Deadline
from orchestrator_domain.run import Run, RunOutcome, RunState
from orchestrator_domain.upkeep_answers import Repair, RunRepair
from orchestrator_domain.upkeep_commands import ReconcileCommand
from orchestrator_domain.use_cases.foresee_repair import ForeseeRepair
from orchestrator_domain.use_cases.pause_halted_run import PauseHaltedRun
from orchestrator_domain.use_cases.settle_run import SettleRun
from orchestrator_domain.use_cases.unreported_runs import OUTCOME_OF_STATUS

STATUS_CHANGED: Final = "campaign_status_changed"
HALTED: Final = "pool_halted"


@frozen(kw_only=True, eq=False, repr=False)
class ReconcileRun:
    """Settles one live run; fences it first when its campaign's row was changed or deleted by somebody else, or its
    pool is halted."""

    repository: CampaignRepository
    settle_run: SettleRun
    foresee: ForeseeRepair
    pause_halted_run: PauseHaltedRun

    def execute(
        self,
        run: Run,
        campaign: Campaign | None,
        command: ReconcileCommand,
        deadline: Deadline,
        *,
        pool_is_halted: bool,
    ) -> Sequence[RunRepair]:
        """What was repaired. What cannot be settled now is told as a repair of kind "none", with the reason."""
        surprise = self._surprise(run, campaign)
        is_halted = pool_is_halted and surprise is None and not self._comes_to_rest(run, campaign)
        if command.dry_run:
            return self._foreseen(run, campaign, HALTED if is_halted else surprise)
        try:
            paused = self._paused(run, deadline, command.origin) if is_halted else None
            return self._settle(run, surprise, deadline, command.origin) if paused is None else paused
        except (StoreUnavailable, DeadlineTooClose) as error:
            return [_repair(run, Repair.NONE, error.code)]

    def _surprise(self, run: Run, campaign: Campaign | None) -> str | None:
        """What somebody else has done to the campaign of a live run, if anything."""
        surprise = _change_by_others(run, campaign)
        return None if surprise == STATUS_CHANGED and self._has_set_its_status(run, campaign) else surprise

    def _has_set_its_status(self, run: Run, campaign: Campaign | None) -> bool:
        """Whether a dispatcher that does not report says by the campaign's status that its work has ended."""
        has_ended = campaign is not None and campaign.status in OUTCOME_OF_STATUS
        return has_ended and self.settle_run.dispatchers.is_unreported(run)

    def _comes_to_rest(self, run: Run, campaign: Campaign | None) -> bool:
        return run.state is RunState.STOPPING or self._has_set_its_status(run, campaign)

    def _foreseen(self, run: Run, campaign: Campaign | None, surprise: str | None) -> Sequence[RunRepair]:
        if surprise is not None:
            return [_repair(run, Repair.FENCED, surprise), _repair(run, Repair.STOPPED, surprise)]
        repair, why = self.foresee.first_of(run, campaign.status if campaign else None)
        return [] if repair is Repair.NONE else [_repair(run, repair, why)]

    def _paused(self, run: Run, deadline: Deadline, origin: Origin) -> Sequence[RunRepair] | None:
        """None when the halt was lifted meanwhile."""
        present = self.pause_halted_run.execute(run, deadline, origin=origin)
        if present is None:
            return None
        stopped = [_repair(run, Repair.STOPPED, HALTED)] if present.outcome is RunOutcome.STOPPED else []
        fenced = [_repair(run, Repair.FENCED, HALTED)] if stopped or present.is_live else []
        return [*fenced, *stopped]

    def _settle(self, run: Run, surprise: str | None, deadline: Deadline, origin: Origin) -> Sequence[RunRepair]:
        if surprise is not None:
            fenced = self.repository.fence_run(run.identity, cause=surprise, origin=evolve(origin, reason=surprise))
            run = fenced or run
        settled = self.settle_run.settle(run, deadline, origin=origin)
        fence = [_repair(run, Repair.FENCED, surprise)] if surprise is not None else []
        return [*fence, *(_repair(settled.run or run, repair, None) for repair in settled.repairs)]


def _change_by_others(run: Run, campaign: Campaign | None) -> str | None:
    if run.state is RunState.STOPPING:
        return None
    if campaign is None:
        return "campaign_deleted"
    if campaign.campaign_type != run.campaign_type:
        return "campaign_type_changed"
    if campaign.status != CampaignStatus.ACTIVE:
        return STATUS_CHANGED
    return None


def _repair(run: Run, repair: Repair, why: str | None) -> RunRepair:
    return RunRepair(campaign_id=run.campaign_id, run_number=run.number, repair=repair, why=why)
