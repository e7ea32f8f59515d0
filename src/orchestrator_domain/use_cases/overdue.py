"""When a run has waited long enough for something to be done about it."""

from typing import Final

from orchestrator_domain import budgets
from orchestrator_domain.run import Run

NEVER_CONFIRMED: Final = "never_confirmed"
"""Why a run that is still dispatching is settled."""

MOST_DOUBLINGS_OF_THE_GRACE: Final = 5
"""So 30 seconds become 16 minutes at the most."""


def is_past_grace(run: Run) -> bool:
    """Whether whoever made the run's last attempt can no longer be at it."""
    return run.seconds_since_last_attempt > budgets.GRACE_SECONDS


def execution_is_missing(run: Run) -> bool:
    """Whether the execution of a confirmed run, which is not shown, is to be started again.

    Each time after twice as long: what is behind comes soon, and of what is gone for good (a state machine that was
    deleted) each attempt is a call, and a row in the audit trail.
    """
    doublings = min(max(run.attempts_without_progress - 1, 0), MOST_DOUBLINGS_OF_THE_GRACE)
    return run.seconds_since_last_attempt > budgets.GRACE_SECONDS * (1 << doublings)


def dispatch_is_overdue(run: Run) -> bool:
    """Whether a run that is still dispatching is to be settled: nobody is at it, or an answer was lost."""
    return run.unknown or is_past_grace(run)


def queued_work_is_overdue(run: Run) -> str | None:
    """Why a run that was queued for its dispatcher is to be handed over again: a stable word; None: it is not."""
    if run.claimant is None:
        return "never_claimed" if run.claim_is_impossible else None
    return "no_heartbeat" if _has_gone_silent(run) else None


def _has_gone_silent(run: Run) -> bool:
    if run.lease_until is not None and run.lease_until > run.observed_at:
        return False
    heard = [run.last_attempt_at, run.acknowledged_at, run.last_heartbeat_at, run.lease_until]
    last = max(instant for instant in heard if instant is not None)
    return (run.observed_at - last).total_seconds() > budgets.HEARTBEAT_GRACE_SECONDS
