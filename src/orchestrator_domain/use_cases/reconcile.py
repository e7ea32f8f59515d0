"""Finish every half-done step."""

from collections.abc import Sequence

from attrs import evolve, frozen

from orchestrator_domain import budgets
from orchestrator_domain.answers import (
    PoolReconciliation,
    ProjectionState,
    ReconcileAnswer,
    Repair,
    RunRepair,
)
from orchestrator_domain.campaign import Campaign, CampaignStatus
from orchestrator_domain.commands import Origin, ReconcileCommand
from orchestrator_domain.errors import DeadlineTooClose, StoreUnavailable
from orchestrator_domain.pools import Pools
from orchestrator_domain.ports.campaign_repository import CampaignRepository
from orchestrator_domain.ports.deadline import Deadline
from orchestrator_domain.run import Run, RunState
from orchestrator_domain.use_cases.projection import Projection
from orchestrator_domain.use_cases.settle_run import SettleRun
from orchestrator_domain.use_cases.share_of_time import ShareOfTime
from orchestrator_domain.use_cases.time_left import require_time


@frozen(kw_only=True)
class Reconcile:
    """Finish every half-done step.

    - Looks at live runs, pool by pool, each with its own share of the time, and brings each to where it should be:
      dispatched again under its own name, ended when its execution has ended, stopped when a stop was left
      unfinished or when the campaign's row was changed or deleted by somebody else.
    - Makes the slot ledger equal to the live runs.
    - Bounded: at most ``limit`` runs a pool; the answer's cursor goes on where this call has ended.
    - Safe at any time, any number of times, by several at once. A run that fails to be settled fails alone.
    - A dry run changes nothing and tells which runs would be looked into.
    """

    repository: CampaignRepository
    settle_run: SettleRun
    projection: Projection
    pools: Pools

    def execute(self, command: ReconcileCommand, deadline: Deadline) -> ReconcileAnswer:
        require_time(deadline, budgets.STORE_SECONDS + budgets.BEFORE_DISPATCH_SECONDS)
        wanted = [name for name in self.pools.by_name if command.cursor is None or name in command.cursor]
        done = []
        for position, pool in enumerate(wanted):
            share = ShareOfTime.of(deadline, shares=len(wanted) - position)
            done.append(self._pool(pool, command, share))
        cursor = {one.pool: one.last_campaign_id for one in done if not one.complete}
        return ReconcileAnswer(pools=done, cursor=cursor or None, dry_run=command.dry_run)

    def _pool(self, pool: str, command: ReconcileCommand, deadline: Deadline) -> PoolReconciliation:
        after = (command.cursor or {}).get(pool)
        runs = self.repository.live_runs_by_campaign(pool, limit=command.limit, after=after)
        campaigns = self.repository.find_campaigns([run.campaign_id for run in runs]) if runs else {}
        repairs: list[RunRepair] = []
        looked_at, last = 0, after
        for run in runs:
            if deadline.remaining_seconds() < budgets.STORE_SECONDS + budgets.BEFORE_DISPATCH_SECONDS:
                break
            looked_at, last = looked_at + 1, run.campaign_id
            repairs += self._run(run, campaigns.get(run.campaign_id), command, deadline)
        return PoolReconciliation(
            pool=pool,
            looked_at=looked_at,
            repairs=repairs,
            complete=looked_at == len(runs) < command.limit,
            last_campaign_id=last,
            projection=ProjectionState.CURRENT if command.dry_run else self.projection.rebuild(pool),
        )

    def _run(
        self, run: Run, campaign: Campaign | None, command: ReconcileCommand, deadline: Deadline
    ) -> Sequence[RunRepair]:
        surprise = _surprise(run, campaign)
        if command.dry_run:
            return _would_be_looked_into(run, surprise)
        try:
            return self._settle(run, surprise, deadline, command.origin)
        except (StoreUnavailable, DeadlineTooClose) as error:
            return [_repair(run, Repair.NONE, error.code)]

    def _settle(self, run: Run, surprise: str | None, deadline: Deadline, origin: Origin) -> Sequence[RunRepair]:
        if surprise is not None:
            fenced = self.repository.fence_run(run.identity, cause=surprise, origin=evolve(origin, reason=surprise))
            run = fenced or run
        settled = self.settle_run.settle(run, deadline, origin=origin)
        fence = [_repair(run, Repair.FENCED, surprise)] if surprise is not None else []
        return [*fence, *(_repair(settled.run or run, repair, None) for repair in settled.repairs)]


def _surprise(run: Run, campaign: Campaign | None) -> str | None:
    """What somebody else has done to the campaign of a live run, if anything."""
    if run.state is RunState.STOPPING:
        return None
    if campaign is None:
        return "campaign_deleted"
    if campaign.campaign_type != run.campaign_type:
        return "campaign_type_changed"
    if campaign.status != CampaignStatus.ACTIVE:
        return "campaign_status_changed"
    return None


def _would_be_looked_into(run: Run, surprise: str | None) -> Sequence[RunRepair]:
    if surprise is not None:
        return [_repair(run, Repair.FENCED, surprise)]
    if run.state is RunState.STOPPING:
        return [_repair(run, Repair.STOPPED, None)]
    unsettled = run.unknown or run.seconds_since_last_attempt > budgets.GRACE_SECONDS
    if run.state is RunState.DISPATCHING and unsettled:
        return [_repair(run, Repair.DISPATCHED_AGAIN, None)]
    return []


def _repair(run: Run, repair: Repair, why: str | None) -> RunRepair:
    return RunRepair(campaign_id=run.campaign_id, run_number=run.number, repair=repair, why=why)
