"""One pool is brought to where it should be, step by step."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from attrs import define, field, frozen

from orchestrator_domain import budgets
from orchestrator_domain.answers import ProjectionState
from orchestrator_domain.dispatchers import Dispatchers
from orchestrator_domain.errors import StoreUnavailable
from orchestrator_domain.pools import Pools, ResourcePool
from orchestrator_domain.ports.campaign_repository import CampaignRepository
from orchestrator_domain.ports.deadline import Deadline
from orchestrator_domain.ports.dispatcher import ExecutionControl
from orchestrator_domain.ports.upkeep_records import UpkeepRecords
from orchestrator_domain.run import Run
from orchestrator_domain.upkeep_answers import Orphan, OrphanSweep, PoolReconciliation, RunRepair
from orchestrator_domain.upkeep_commands import ReconcileCommand
from orchestrator_domain.use_cases.projection import Projection
from orchestrator_domain.use_cases.reconcile_run import ReconcileRun
from orchestrator_domain.use_cases.stop_orphans import StopOrphans

NO_STEP: Final = object()
"""There is no further step."""
REBUILD_SECONDS = budgets.STORE_SECONDS + budgets.LEDGER_SECONDS + budgets.ANSWER_RESERVE_SECONDS


@frozen(kw_only=True, eq=False, repr=False)
class ReconcilePool:
    """Looks at a pool's open executions and at its live runs, and then at what the slot ledger shows of it."""

    repository: CampaignRepository
    records: UpkeepRecords
    dispatchers: Dispatchers
    reconcile_run: ReconcileRun
    stop_orphans: StopOrphans
    projection: Projection

    def begin(self, pool: str, command: ReconcileCommand, deadline: Deadline) -> "PoolPass":
        """A pass of the pool; nothing is done before its first step."""
        return PoolPass(pool, command, deadline, self)

    def places(self, pool: str) -> tuple[str, ...]:
        """What a cursor can name of ``pool``: its live runs, and the open executions of each of its dispatchers."""
        return (pool, *(f"{pool}/{name}" for name in self.dispatchers.controls_of_pool(pool)))

    def is_halted(self, pool: str) -> bool:
        """Whether ``pool`` is halted. Raises StoreUnavailable."""
        asked = Pools.of(ResourcePool(name=pool, default_limit=0))
        (usage,) = self.repository.pool_usage(asked, holders_wanted=0)
        return usage.halted_reason is not None


@define
class PoolPass:
    """The work of one reconciliation in one pool.

    Attributes:
        is_done: everything was looked at that this call is to look at.
    """

    pool: str
    command: ReconcileCommand
    deadline: Deadline
    parts: ReconcilePool
    is_done: bool = False
    _looked_at: list[str] = field(factory=list)
    _repairs: list[RunRepair] = field(factory=list)
    _orphans: list[Orphan] = field(factory=list)
    _foreign: int = 0
    _left: dict[str, str | None] = field(factory=dict)
    _place_is_known: bool = False
    _steps: Iterator[None] = field(init=False)

    def __attrs_post_init__(self) -> None:
        controls = self.parts.dispatchers.controls_of_pool(self.pool)
        self._left = {
            place: self.command.behind(place)
            for place in (self.pool, *(self._place(name) for name in controls))
            if self.command.begins_at(place)
        }
        self._steps = self._all_steps(controls)

    def step(self) -> None:
        """Do the next step: one page of executions, or one run. Takes budgets.RECONCILE_STEP_SECONDS at most.

        Raises StoreUnavailable when the live runs cannot be read.
        """
        self.is_done = next(self._steps, NO_STEP) is NO_STEP

    def close(self) -> PoolReconciliation:
        """End the pass, wherever it is: remember its place, and make the ledger equal to the live runs."""
        if self.command.scheduled and self._place_is_known and self.pool in self._left:
            self._remember(self._left[self.pool])
        return PoolReconciliation(
            pool=self.pool,
            projection=self._rebuilt(),
            looked_at=self._looked_at,
            repairs=self._repairs,
            orphans=self._orphans,
            foreign_executions=self._foreign,
            cursor=self._left,
        )

    def _all_steps(self, controls: Mapping[str, ExecutionControl]) -> Iterator[None]:
        # In turns, so that neither is never looked at where there is more to do than time.
        waiting = [self._executions(name, control) for name, control in controls.items()]
        waiting.append(self._runs())
        while waiting:
            for steps in list(waiting):
                if next(steps, NO_STEP) is NO_STEP:
                    waiting.remove(steps)
                else:
                    yield

    def _executions(self, name: str, control: ExecutionControl) -> Iterator[None]:
        place = self._place(name)
        while place in self._left:
            page = self._left[place]
            seen = self._page(control, page)
            self._orphans += seen.orphans
            self._foreign += seen.foreign
            if seen.complete:
                del self._left[place]
            else:
                self._left[place] = seen.next_page
            yield
            if not self.command.scheduled or seen.next_page == page:
                return

    def _page(self, control: ExecutionControl, page: str | None) -> OrphanSweep:
        try:
            return self.parts.stop_orphans.sweep(
                control,
                pool=self.pool,
                most=self.command.limit,
                page=page,
                dry_run=self.command.dry_run,
                origin=self.command.origin,
                deadline=self.deadline,
            )
        except StoreUnavailable:
            return OrphanSweep(complete=False, next_page=page)

    def _runs(self) -> Iterator[None]:
        if self.command.scheduled:
            self._left[self.pool] = self.parts.records.place(self.pool)
            self._place_is_known = True
        began = self._left.get(self.pool)
        seen: set[str] = set()
        while self.pool in self._left:
            after = self._left[self.pool]
            runs = self.parts.repository.live_runs_by_campaign(self.pool, limit=self.command.limit, after=after)
            new = [run for run in runs if run.campaign_id not in seen]
            yield from self._each(new)
            seen |= {run.campaign_id for run in new}
            if not self.command.scheduled:
                self._finish_if_last(runs)
                return
            if len(new) < self.command.limit and began is not None:
                # Behind the last comes the first, as long as time lasts.
                self._left[self.pool], began = None, None
            else:
                self._finish_if_last(new)

    def _each(self, runs: Sequence[Run]) -> Iterator[None]:
        if not runs:
            return
        campaigns = self.parts.repository.find_campaigns([run.campaign_id for run in runs])
        pool_is_halted = self.parts.is_halted(self.pool)
        for run in runs:
            campaign = campaigns.get(run.campaign_id)
            self._repairs += self.parts.reconcile_run.execute(
                run, campaign, self.command, self.deadline, pool_is_halted=pool_is_halted
            )
            self._left[self.pool] = run.campaign_id
            self._looked_at.append(run.campaign_id)
            yield

    def _finish_if_last(self, runs: Sequence[Run]) -> None:
        if len(runs) < self.command.limit:
            del self._left[self.pool]
            if self.command.scheduled:
                self._remember(None)

    def _remember(self, campaign_id: str | None) -> None:
        try:
            self.parts.records.remember_place(self.pool, campaign_id)
        except StoreUnavailable:
            # The next pass then begins where this one has begun, and looks at the same runs once more.
            return

    def _rebuilt(self) -> ProjectionState:
        if self.deadline.remaining_seconds() < REBUILD_SECONDS:
            return ProjectionState.STALE
        if self.command.dry_run:
            return self.parts.projection.look_at(self.pool)
        return self.parts.projection.rebuild(self.pool)

    def _place(self, dispatcher: str) -> str:
        return f"{self.pool}/{dispatcher}"
