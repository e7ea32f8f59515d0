"""Executions at work without a live run are found and stopped."""

from attrs import frozen

from orchestrator_domain import budgets
from orchestrator_domain.commands import Origin
from orchestrator_domain.errors import StoreUnavailable
from orchestrator_domain.execution_name import is_of_a_run
from orchestrator_domain.ports.deadline import Deadline
from orchestrator_domain.ports.dispatcher import ExecutionControl, ExecutionPhase, StopAnswer
from orchestrator_domain.ports.upkeep_records import UpkeepRecords
from orchestrator_domain.run import Run
from orchestrator_domain.upkeep_answers import Orphan, OrphanSweep

REDRIVEN = "run_has_ended"
NOT_ON_RECORD = "no_run_on_record"


@frozen(kw_only=True, eq=False, repr=False)
class StopOrphans:
    """Stops executions that no live run has, and leaves an audit row of each.

    1. An orphan is an execution whose run has ended, past the grace period (somebody has redriven it), or one
       whose name has the form that a run's has, with no such run on record (the database was set back).
    2. An execution under any other name is not ours: it is counted, and left alone.
    3. An orphan holds no slot and can begin no batch where its tasks claim; it is stopped because it costs money
       and because tasks that never claim would go on sending.
    """

    records: UpkeepRecords

    def sweep(
        self,
        control: ExecutionControl,
        *,
        pool: str,
        most: int,
        page: str | None,
        dry_run: bool,
        origin: Origin,
        deadline: Deadline,
    ) -> OrphanSweep:
        """Look at one page of the executions that are open. Raises StoreUnavailable when nothing was found out."""
        open_ = control.open_executions(most=most, page=page)
        if open_ is None:
            return OrphanSweep(complete=False, next_page=page)
        ours = [name for name in open_.names if is_of_a_run(name)]
        without = self.records.names_without_live_run(ours) if ours else {}
        orphans: list[Orphan] = []
        for name, run in without.items():
            if run is not None and not _has_ended_long_ago(run):
                continue
            if deadline.remaining_seconds() < budgets.BEFORE_DISPATCH_SECONDS:
                return OrphanSweep(orphans=orphans, complete=False, next_page=page)
            orphans.append(self._orphan(control, pool, name, run, dry_run=dry_run, origin=origin))
        return OrphanSweep(
            orphans=orphans,
            foreign=len(open_.names) - len(ours),
            complete=open_.next_page is None,
            next_page=open_.next_page,
        )

    def stop_redriven(self, run: Run, control: ExecutionControl, *, origin: Origin) -> bool:
        """Look at the execution of an ended run that a signal names; whether it was at work and was stopped."""
        if not _has_ended_long_ago(run) or control.observe(run).phase is not ExecutionPhase.OPEN:
            return False
        return self._orphan(control, run.pool, run.execution_name, run, dry_run=False, origin=origin).stopped

    def _orphan(
        self, control: ExecutionControl, pool: str, name: str, run: Run | None, *, dry_run: bool, origin: Origin
    ) -> Orphan:
        why = NOT_ON_RECORD if run is None else REDRIVEN
        stopped = not dry_run and control.stop_named(name, reason=why) is StopAnswer.CLOSED
        if stopped:
            self._note(pool, name, run, why, origin)
        return Orphan(
            execution_name=name,
            campaign_id=run.campaign_id if run else None,
            run_number=run.number if run else None,
            why=why,
            stopped=stopped,
        )

    def _note(self, pool: str, name: str, run: Run | None, why: str, origin: Origin) -> None:
        try:
            self.records.note_orphan(pool, name, run=run, cause=why, origin=origin)
        except StoreUnavailable:
            # It is stopped, which matters more; the answer tells it all the same.
            return


def _has_ended_long_ago(run: Run) -> bool:
    """What is shown of executions may be behind: one that ended with its run may still be shown as open."""
    ended_at = run.ended_at
    return ended_at is not None and (run.observed_at - ended_at).total_seconds() > budgets.GRACE_SECONDS
