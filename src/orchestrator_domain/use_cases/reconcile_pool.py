"""One pool is brought to where it should be."""

from collections.abc import Mapping

from attrs import evolve, frozen

from orchestrator_domain import budgets
from orchestrator_domain.answers import OrphanSweep, PoolReconciliation, ProjectionState
from orchestrator_domain.commands import ReconcileCommand
from orchestrator_domain.dispatchers import Dispatchers
from orchestrator_domain.errors import StoreUnavailable
from orchestrator_domain.ports.campaign_repository import CampaignRepository
from orchestrator_domain.ports.deadline import Deadline
from orchestrator_domain.ports.dispatcher import ExecutionControl
from orchestrator_domain.ports.upkeep_records import UpkeepRecords
from orchestrator_domain.use_cases.projection import Projection
from orchestrator_domain.use_cases.reconcile_run import ReconcileRun
from orchestrator_domain.use_cases.share_of_time import ShareOfTime
from orchestrator_domain.use_cases.stop_orphans import StopOrphans

ONE_STEP_SECONDS = budgets.STORE_SECONDS + budgets.BEFORE_DISPATCH_SECONDS


@frozen(kw_only=True)
class ReconcilePool:
    """Looks at a pool's open executions, then at its live runs, then at what the slot ledger shows of it.

    The executions may use half of the time at most, so that neither they nor the runs are never looked at.
    """

    repository: CampaignRepository
    records: UpkeepRecords
    dispatchers: Dispatchers
    reconcile_run: ReconcileRun
    stop_orphans: StopOrphans
    projection: Projection

    def execute(self, pool: str, command: ReconcileCommand, deadline: Deadline) -> PoolReconciliation:
        """Do a call's share of the work. Raises StoreUnavailable when the live runs cannot be read."""
        done = PoolReconciliation(pool=pool, projection=ProjectionState.CURRENT)
        for name, control in self.dispatchers.controls_of_pool(pool).items():
            done = self._sweep(done, command, f"{pool}/{name}", control, ShareOfTime.of(deadline, shares=2))
        if command.scheduled:
            done = self._all_runs(done, command, deadline)
        elif command.begins_at(pool):
            done = self._runs(done, command, command.behind(pool), deadline)
        if command.dry_run:
            return done
        return evolve(done, projection=self.projection.rebuild(pool))

    def _sweep(
        self,
        done: PoolReconciliation,
        command: ReconcileCommand,
        place: str,
        control: ExecutionControl,
        deadline: Deadline,
    ) -> PoolReconciliation:
        page = command.behind(place)
        wanted = command.begins_at(place)
        while wanted:
            seen = self._one_page(done.pool, command, control, page, deadline)
            done = evolve(
                done,
                orphans=[*done.orphans, *seen.orphans],
                foreign_executions=done.foreign_executions + seen.foreign,
                cursor=_moved(done.cursor, place, seen.next_page, complete=seen.complete),
            )
            wanted = command.scheduled and not seen.complete and seen.next_page != page
            page = seen.next_page
        return done

    def _one_page(
        self,
        pool: str,
        command: ReconcileCommand,
        control: ExecutionControl,
        page: str | None,
        deadline: Deadline,
    ) -> OrphanSweep:
        if deadline.remaining_seconds() < ONE_STEP_SECONDS:
            return OrphanSweep(complete=False, next_page=page)
        try:
            return self.stop_orphans.sweep(
                control,
                pool=pool,
                most=command.limit,
                page=page,
                dry_run=command.dry_run,
                origin=command.origin,
                deadline=deadline,
            )
        except StoreUnavailable:
            return OrphanSweep(complete=False, next_page=page)

    def _all_runs(
        self, done: PoolReconciliation, command: ReconcileCommand, deadline: Deadline
    ) -> PoolReconciliation:
        """A scheduled pass: from where the last one has ended, for as long as time lasts."""
        began = behind = self.records.place(done.pool)
        while True:
            looked_at = done.looked_at
            done = self._runs(done, command, behind, deadline)
            behind = done.cursor.get(done.pool)
            if done.pool not in done.cursor or done.looked_at == looked_at:
                break
        if behind != began:
            self.records.remember_place(done.pool, behind)
        return done

    def _runs(
        self, done: PoolReconciliation, command: ReconcileCommand, after: str | None, deadline: Deadline
    ) -> PoolReconciliation:
        runs = self.repository.live_runs_by_campaign(done.pool, limit=command.limit, after=after)
        campaigns = self.repository.find_campaigns([run.campaign_id for run in runs]) if runs else {}
        repairs, looked_at, last = [*done.repairs], 0, after
        for run in runs:
            if deadline.remaining_seconds() < ONE_STEP_SECONDS:
                break
            looked_at, last = looked_at + 1, run.campaign_id
            repairs += self.reconcile_run.execute(run, campaigns.get(run.campaign_id), command, deadline)
        return evolve(
            done,
            repairs=repairs,
            looked_at=done.looked_at + looked_at,
            cursor=_moved(done.cursor, done.pool, last, complete=looked_at == len(runs) < command.limit),
        )


def _moved(
    cursor: Mapping[str, str | None], place: str, behind: str | None, *, complete: bool
) -> Mapping[str, str | None]:
    """The cursor with ``place`` moved; without it where nothing is left."""
    others = {name: at for name, at in cursor.items() if name != place}
    return others if complete else {**others, place: behind}
