"""One attempt to execute a campaign, and its states."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from attrs import frozen

from orchestrator_domain.value import Value


class RunState(StrEnum):
    """States only advance, in this order; all but ENDED are *live*, and a live run is a held slot."""

    DISPATCHING = "dispatching"
    DISPATCHED = "dispatched"
    RUNNING = "running"
    STOPPING = "stopping"
    ENDED = "ended"


class RunOutcome(StrEnum):
    """How a run ended.

    RETURNED: no dispatch can have acted, the campaign got its earlier status back.
    DISPATCH_FAILED: the dispatcher refused for good, or the dispatch was never confirmed.
    ABORTED: somebody else stopped the execution. STOPPED: we did, for a pause, a stop or a halt.
    """

    SUCCEEDED = "succeeded"
    FAILED = "failed"
    TIMED_OUT = "timed_out"
    ABORTED = "aborted"
    DISPATCH_FAILED = "dispatch_failed"
    RETURNED = "returned"
    STOPPED = "stopped"


@frozen(kw_only=True, eq=False, repr=False)
class Progress(Value):
    """What became of a run's contacts so far, counted over all runs that it continues.

    *Complete* means that every contact is accounted for: sent + skipped + failed == total.
    """

    total: int = 0
    sent: int = 0
    skipped: int = 0
    failed: int = 0

    @property
    def adds_up(self) -> bool:
        """Whether every contact is accounted for."""
        return self.accounted_for == self.total

    @property
    def accounted_for(self) -> int:
        return self.sent + self.skipped + self.failed


@frozen(kw_only=True, eq=False, repr=False)
class RunIdentity(Value):
    """Names one run. ``number`` is the fencing token: what an older run says changes nothing."""

    campaign_id: str
    number: int


@frozen(kw_only=True, eq=False, repr=False)
class Run(Value):
    """A run as the repository read it, at ``observed_at`` of the repository's clock.

    Attributes:
        number: 1, 2, ... for each start, resume and retry of the campaign.
        run_id: 32 hexadecimal digits, random.
        pool: the ResourcePool whose slot the run holds while it is live.
        attempts: how many times a dispatch has been begun.
        fruitless_attempts: how many of them have been begun since one that got on: that one's next counts as 1.
        accounted_for_at_attempt: how many contacts were accounted for when the latest attempt began.
        unknown: an attempt's answer was lost, so that attempt may have acted or may still act.
        execution_name: the name under which it is dispatched, at most 80 characters.
        execution_reference: what the dispatcher calls it (an execution ARN, a request id), once known.
        dispatch_input: the exact bytes handed over, the same for every attempt.
        resumed_from: the number of the run that this one continues, or None.
        previous_status: the campaign's status before the run was admitted.
        claimant: who claimed the run (a Lambda request id, an execution's name), or None.
        not_after: after this instant nobody can claim the run; None when there is no such limit.
        lease_until: the end of the open batch lease, or None when no lease is open.
        in_flight: how many contacts are in the batch of the open lease.
        cause: why it ended or is stopping, in words for an operator; carries no recipient data.
    """

    campaign_id: str
    campaign_type: str
    number: int
    run_id: str
    pool: str
    state: RunState
    attempts: int
    unknown: bool
    execution_name: str
    execution_reference: str | None
    dispatch_input: bytes
    resumed_from: int | None
    previous_status: str
    created_at: datetime
    last_attempt_at: datetime
    observed_at: datetime
    dispatched_at: datetime | None = None
    acknowledged_at: datetime | None = None
    last_heartbeat_at: datetime | None = None
    ended_at: datetime | None = None
    claimant: str | None = None
    not_after: datetime | None = None
    lease_until: datetime | None = None
    in_flight: int = 0
    progress: Progress = Progress()
    outcome: RunOutcome | None = None
    cause: str | None = None
    fruitless_attempts: int = 1
    accounted_for_at_attempt: int = 0

    @property
    def identity(self) -> RunIdentity:
        return RunIdentity(campaign_id=self.campaign_id, number=self.number)

    @property
    def is_live(self) -> bool:
        """Whether the run holds a slot."""
        return self.state is not RunState.ENDED

    @property
    def dispatch_is_confirmed(self) -> bool:
        """Whether the dispatcher is known to have taken the run: it answered, or somebody has claimed it."""
        return self.execution_reference is not None or self.claimant is not None

    @property
    def attempts_without_progress(self) -> int:
        """How many attempts, one after the other until now, have got on with nothing; 0: the latest one has."""
        return 0 if self.progress.accounted_for > self.accounted_for_at_attempt else self.fruitless_attempts

    @property
    def seconds_since_last_attempt(self) -> float:
        return (self.observed_at - self.last_attempt_at).total_seconds()

    @property
    def claim_is_impossible(self) -> bool:
        """Whether the time to claim the run has passed without a claim."""
        return self.claimant is None and self.not_after is not None and self.observed_at > self.not_after


NEXT_STATES: Final[Mapping[RunState, frozenset[RunState]]] = MappingProxyType(
    {
        RunState.DISPATCHING: frozenset({RunState.DISPATCHED, RunState.RUNNING, RunState.STOPPING, RunState.ENDED}),
        RunState.DISPATCHED: frozenset({RunState.RUNNING, RunState.STOPPING, RunState.ENDED}),
        RunState.RUNNING: frozenset({RunState.STOPPING, RunState.ENDED}),
        RunState.STOPPING: frozenset({RunState.ENDED}),
        RunState.ENDED: frozenset(),
    }
)
