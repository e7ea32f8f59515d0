"""The dispatcher's side of a run: claim it once, lease each batch, finish it."""

from abc import abstractmethod
from datetime import datetime
from enum import StrEnum
from typing import Protocol, runtime_checkable

from attrs import frozen

from orchestrator_domain.run import Progress, RunIdentity, RunOutcome, RunState
from orchestrator_domain.value import Value

LEASE_MARGIN_SECONDS = 5.0
"""Added to a lease's end before it counts as expired: the clocks of the holder and the store differ a little."""


class ClaimRefusal(StrEnum):
    """Why nothing may be sent.

    RUN_NOT_FOUND: no such run, or another run id. NOT_LIVE: stopping or ended. TOO_LATE: after ``not_after``.
    HALTED: the pool is halted. TAKEN: somebody else holds the claim. LEASE_OPEN: a batch is going on.
    SUPERSEDED: a newer claim has replaced this token. DOES_NOT_ADD_UP: the totals are not complete.
    """

    RUN_NOT_FOUND = "run_not_found"
    NOT_LIVE = "not_live"
    TOO_LATE = "too_late"
    HALTED = "halted"
    TAKEN = "taken"
    LEASE_OPEN = "lease_open"
    SUPERSEDED = "superseded"
    DOES_NOT_ADD_UP = "does_not_add_up"


@frozen(kw_only=True, eq=False, repr=False)
class Claim(Value):
    """A held claim: the token for everything that follows, and the progress to continue from.

    Attributes:
        token: proves the claim; random.
        progress: of this run if it was claimed before, else of the run that it resumes, else zeros.
    """

    identity: RunIdentity
    token: str
    progress: Progress


@frozen(kw_only=True, eq=False, repr=False)
class BatchLease(Value):
    """Permission to send one batch, until ``until`` of the store's clock and not a moment longer."""

    token: str
    until: datetime


@frozen(kw_only=True, eq=False, repr=False)
class BatchEnd(Value):
    """The run after a batch: go on only while its state is RUNNING."""

    state: RunState


@runtime_checkable
class RunClaims(Protocol):
    """Fencing for dispatchers. Every method is one atomic call; a refusal is a value, not an error.

    StoreUnavailable is raised when the store does not answer in time; the caller must then send nothing.
    """

    @abstractmethod
    def claim(
        self, identity: RunIdentity, *, run_id: str, claimant: str, attempt: int | None
    ) -> Claim | ClaimRefusal:
        """Claim the run, so that a message that arrives twice is worked on once.

        1. Only the campaign's latest run, live and not STOPPING, with this ``run_id``, before ``not_after``, in
           a pool that is not halted. The run becomes RUNNING and acknowledged.
        2. The same ``claimant`` may claim again (a service's retry of its message) and gets a new token; its
           older token is superseded. Not while a batch lease is open.
        3. Another claimant is TAKEN, unless it carries a higher ``attempt`` than the one that claimed, which must
           be the run's newest, and no batch lease is open.
        """

    @abstractmethod
    def begin_batch(
        self, claim: Claim, *, lease_seconds: float, size: int, batch_key: str | None = None
    ) -> BatchLease | ClaimRefusal:
        """Lease one batch of ``size`` contacts for at most ``lease_seconds``.

        1. Only while the run is RUNNING, the claim's token is the newest, no other lease is open, and the pool is
           not halted; ordered against pause, stop and halt: after their commit none is granted.
        2. ``lease_seconds`` must end before the caller can outlive it (a Lambda: the rest of its invocation).
        3. Records a heartbeat.
        4. ``batch_key`` names the batch, and becomes the lease's token. While that lease is open the same key is
           given it again, as it stands, so that a step which is repeated after a crash goes on with its own batch.
           Without one the token is random.
        """

    @abstractmethod
    def end_batch(self, claim: Claim, lease: BatchLease, *, progress: Progress) -> BatchEnd | ClaimRefusal:
        """Close the lease and record the progress.

        1. Also accepted while the run is STOPPING; it then ends here, and its slot is free by the same commit.
        2. SUPERSEDED after the lease has expired and another claim has begun.
        3. Records a heartbeat.
        """

    @abstractmethod
    def finish(
        self, claim: Claim, *, outcome: RunOutcome, progress: Progress, cause: str | None
    ) -> BatchEnd | ClaimRefusal:
        """End the run by its claim; the slot is free by the same commit.

        1. SUCCEEDED only if ``progress`` adds up, else DOES_NOT_ADD_UP and nothing changes.
        2. Not while a lease is open (LEASE_OPEN), and not with a superseded token (SUPERSEDED).
        3. Repeating it by the same token answers alike.
        4. Of a STOPPING run: the outcome is STOPPED; if SUCCEEDED adds up it is recorded in the cause.
        """
