"""What settling a run and reconciling have done."""

from collections.abc import Mapping, Sequence
from enum import StrEnum

from attrs import field, frozen

from orchestrator_domain.answers import ProjectionState
from orchestrator_domain.run import Run
from orchestrator_domain.value import Value


class Repair(StrEnum):
    """What settling a run did."""

    NONE = "none"
    DISPATCHED_AGAIN = "dispatched_again"
    ADOPTED = "adopted"
    ENDED = "ended"
    STOPPED = "stopped"
    GIVEN_UP = "given_up"
    FENCED = "fenced"
    ORPHAN_STOPPED = "orphan_stopped"


@frozen(kw_only=True, eq=False, repr=False)
class SettleAnswer(Value):
    """A run after a late signal was followed up; ``run`` is None when the signal names no run of ours."""

    run: Run | None
    repairs: Sequence[Repair]
    projection: ProjectionState | None


@frozen(kw_only=True, eq=False, repr=False)
class RunRepair(Value):
    """One thing that was repaired (in a dry run: that would be looked into). ``why``: what called for it."""

    campaign_id: str
    run_number: int
    repair: Repair
    why: str | None


@frozen(kw_only=True, eq=False, repr=False)
class Orphan(Value):
    """An execution at work that no live run has.

    Attributes:
        campaign_id, run_number: the ended run that has its name; None where none is on record.
        why: "run_has_ended" or "no_run_on_record".
        stopped: False in a dry run, and when stopping it was not confirmed; the next reconciliation finds it again.
    """

    execution_name: str
    campaign_id: str | None
    run_number: int | None
    why: str
    stopped: bool


@frozen(kw_only=True, eq=False, repr=False)
class OrphanSweep(Value):
    """What a look at one page of open executions has found.

    Attributes:
        foreign: executions whose names no run of ours can have; they are left alone.
        complete: there is no further page.
        next_page: where to go on when it is not complete; None: at the beginning.
    """

    orphans: Sequence[Orphan] = ()
    foreign: int = 0
    complete: bool
    next_page: str | None


@frozen(kw_only=True, eq=False, repr=False)
class PoolReconciliation(Value):
    """What a reconciliation did in one pool.

    Attributes:
        looked_at: the campaigns whose live runs were looked at, in that order.
        orphans: executions without a live run.
        foreign_executions: open executions of the pool's dispatchers that no run of ours can have started.
        cursor: what is left, by place, and behind what it goes on; empty when everything was looked at.
    """

    pool: str
    projection: ProjectionState
    looked_at: Sequence[str] = ()
    repairs: Sequence[RunRepair] = ()
    orphans: Sequence[Orphan] = ()
    foreign_executions: int = 0
    cursor: Mapping[str, str | None] = field(factory=dict)

    @property
    def complete(self) -> bool:
        """Whether everything behind the cursor that was given was looked at."""
        return not self.cursor


@frozen(kw_only=True, eq=False, repr=False)
class ReconcileAnswer(Value):
    """What a reconciliation did. ``cursor``: give it to the next call to go on; None when all was looked at."""

    pools: Sequence[PoolReconciliation]
    cursor: Mapping[str, str | None] | None
    dry_run: bool
