"""What the caller is told when nothing went wrong. Refusals are errors (errors.py)."""

from collections.abc import Mapping, Sequence
from enum import StrEnum

from attrs import frozen

from orchestrator_domain.campaign import Action, Campaign
from orchestrator_domain.decisions import HistoryEntry
from orchestrator_domain.errors import OrchestratorError
from orchestrator_domain.pools import PoolUsage
from orchestrator_domain.run import Run


class ProjectionState(StrEnum):
    """Whether the slot ledger shows what the repository holds.

    CURRENT: it does. REBUILT: it did not, and does now. STALE: it does not, or did not answer, and will be
    rebuilt by the next action.
    """

    CURRENT = "current"
    REBUILT = "rebuilt"
    STALE = "stale"


@frozen(kw_only=True)
class ActionAnswer:
    """An action had its effect.

    Attributes:
        run: the run that was started, or that was stopped; None when the action concerned no run.
        projection: what the slot ledger shows after the action; None when it was not written.
    """

    campaign_id: str
    campaign_type: str | None
    action: Action
    message: str
    run: Run | None
    projection: ProjectionState | None


@frozen(kw_only=True)
class PoolStatus:
    """A pool, and whether the slot ledger shows the same holders."""

    usage: PoolUsage
    projection: ProjectionState


@frozen(kw_only=True)
class StatusAnswer:
    """Pools (when no id was asked for), or one Campaign or error per id that was asked for."""

    pools: Sequence[PoolStatus]
    campaigns: Mapping[str, Campaign | OrchestratorError]


class Repair(StrEnum):
    """What settling a run did."""

    NONE = "none"
    DISPATCHED_AGAIN = "dispatched_again"
    ADOPTED = "adopted"
    ENDED = "ended"
    STOPPED = "stopped"
    GIVEN_UP = "given_up"
    FENCED = "fenced"


@frozen(kw_only=True)
class SettleAnswer:
    """A run after a late signal was followed up; ``run`` is None when the signal names no run of ours."""

    run: Run | None
    repairs: Sequence[Repair]
    projection: ProjectionState | None


@frozen(kw_only=True)
class RunRepair:
    """One thing that was repaired (in a dry run: that would be looked into). ``why``: what called for it."""

    campaign_id: str
    run_number: int
    repair: Repair
    why: str | None


@frozen(kw_only=True)
class PoolReconciliation:
    """What a reconciliation did in one pool.

    Attributes:
        looked_at: how many live runs were looked at.
        complete: every live run of the pool behind the cursor was looked at.
        last_campaign_id: the last campaign that was looked at; None when there was none.
    """

    pool: str
    looked_at: int
    repairs: Sequence[RunRepair]
    complete: bool
    last_campaign_id: str | None
    projection: ProjectionState


@frozen(kw_only=True)
class ReconcileAnswer:
    """What a reconciliation did. ``cursor``: give it to the next call to go on; None when all was looked at."""

    pools: Sequence[PoolReconciliation]
    cursor: Mapping[str, str | None] | None
    dry_run: bool


@frozen(kw_only=True)
class HistoryAnswer:
    """The audit trail of a campaign, oldest first."""

    campaign_id: str
    entries: Sequence[HistoryEntry]
