"""Limits and halts."""

from abc import abstractmethod
from typing import Protocol, runtime_checkable

from orchestrator_domain.commands import Origin
from orchestrator_domain.pool_decisions import PoolRequest, PoolVerdict
from orchestrator_domain.run import Run, RunIdentity


@runtime_checkable
class PoolControl(Protocol):
    """Changes of pools at run time. Each method is one atomic call, ordered against admissions.

    StoreUnavailable is raised when the store does not answer in time (budgets.STORE_SECONDS); the call may then
    have had its effect, and may be repeated.
    """

    @abstractmethod
    def change(self, request: PoolRequest) -> PoolVerdict:
        """Make all of the changes, or none.

        1. Once it has returned, no admission of these pools is made at or above its new limit. Lowering a limit
           ends no run.
        2. Once it has returned, no admission, no further dispatch attempt and no new batch of a halted pool is made
           until the halt is lifted.
        3. One audit row for each change, of ``pool:NAME``, with what was before; none where nothing changes.
        4. A key is kept with each pool that the request names, in the same commit.
        """

    @abstractmethod
    def pause_run(self, identity: RunIdentity, *, origin: Origin) -> Run | None:
        """Take a live run of a halted pool out of work: from this commit on it is STOPPING.

        1. Its campaign becomes PAUSED, if it is ACTIVE; whatever else its row says stays, and it may be gone.
        2. Whether the pool is halted is looked at in the same commit: nothing is paused after a halt was lifted.
           None, and nothing changes, when the pool is not halted, or there is no such run.
        3. A run that is STOPPING or ENDED stays as it is.
        """

    def set_limit(self, pool: str, limit: int | None, *, origin: Origin) -> None:
        """Set the limit in force of one pool; None returns to each process's default."""
        self.change(PoolRequest(limits={pool: limit}, origin=origin))

    def set_halt(self, pool: str, reason: str | None, *, origin: Origin) -> None:
        """Halt one pool with a reason, or lift the halt with None."""
        self.change(PoolRequest(halts={pool: reason}, origin=origin))
