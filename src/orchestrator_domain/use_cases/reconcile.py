"""Finish every half-done step."""

from collections.abc import Sequence

from attrs import field, frozen

from orchestrator_domain import budgets
from orchestrator_domain.measurements import Measurement, Metric
from orchestrator_domain.pools import Pools
from orchestrator_domain.ports.deadline import Deadline
from orchestrator_domain.ports.metrics import Metrics, NoMetrics
from orchestrator_domain.upkeep_answers import PoolReconciliation, ReconcileAnswer, Repair
from orchestrator_domain.upkeep_commands import ReconcileCommand, require_known_places
from orchestrator_domain.use_cases.reconcile_pool import ReconcilePool
from orchestrator_domain.use_cases.taking_turns import take_turns
from orchestrator_domain.use_cases.time_left import require_time


@frozen(kw_only=True, eq=False, repr=False)
class Reconcile:
    """Finish every half-done step.

    - Looks at the live runs of each pool, and brings each to where it should be: dispatched again under its own
      name, ended when its execution has ended, stopped when a stop was left unfinished or when the campaign's row
      was changed or deleted by somebody else.
    - Stops the live runs of a halted pool, and pauses their campaigns: what a halt has not come to.
    - Stops executions that no live run has: redriven ones, and those of runs that are on record no more.
    - Makes the slot ledger equal to the live runs.
    - Bounded: at most ``limit`` runs a pool; the answer's cursor goes on where this call has ended. A scheduled
      pass goes on by itself while time lasts, and the next one begins where it has ended.
    - The pools take turns; one whose dispatcher hangs gives way to the others. A run that fails to be settled fails
      alone.
    - Safe at any time, any number of times, by several at once.
    - A dry run changes nothing and tells what would be looked into.
    """

    pools: Pools
    reconcile_pool: ReconcilePool
    metrics: Metrics = field(factory=NoMetrics)

    def execute(self, command: ReconcileCommand, deadline: Deadline) -> ReconcileAnswer:
        require_known_places(command.cursor, self._places)
        require_time(deadline, budgets.RECONCILE_STEP_SECONDS)
        wanted = [name for name in self.pools.by_name if command.wants(name)]
        passes = [self.reconcile_pool.begin(pool, command, deadline) for pool in wanted]
        take_turns(passes, deadline)
        done = [one.close() for one in passes]
        if not command.dry_run:
            self._measure(done)
        cursor = {place: behind for one in done for place, behind in one.cursor.items()}
        return ReconcileAnswer(pools=done, cursor=cursor or None, dry_run=command.dry_run)

    @property
    def _places(self) -> tuple[str, ...]:
        return tuple(place for pool in self.pools.by_name for place in self.reconcile_pool.places(pool))

    def _measure(self, done: Sequence[PoolReconciliation]) -> None:
        for pool in done:
            kinds = [one.repair for one in pool.repairs if one.repair is not Repair.NONE]
            for kind in (*kinds, *(Repair.ORPHAN_STOPPED for _ in pool.orphans)):
                self.metrics.record(Measurement(metric=Metric.REPAIRS, pool=pool.pool, repair=kind.value))
