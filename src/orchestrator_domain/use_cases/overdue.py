"""When a run has waited long enough for something to be done about it."""

from orchestrator_domain import budgets
from orchestrator_domain.run import Run


def dispatch_is_overdue(run: Run) -> bool:
    """Whether nobody is likely to be dispatching the run any more, or what became of it is unknown."""
    return run.unknown or run.seconds_since_last_attempt > budgets.GRACE_SECONDS


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
