"""What is told of pools that were halted, or whose limits were looked at."""

from collections.abc import Mapping, Sequence

from attrs import frozen

from orchestrator_domain.pools import PoolUsage
from orchestrator_domain.run import Run
from orchestrator_domain.value import Value


@frozen(kw_only=True, eq=False, repr=False)
class HaltedPool(Value):
    """What halting did in one pool.

    Attributes:
        runs: those that this call has looked at, as they stand now.
        usage: the pool afterwards; None when it could not be read any more.
    """

    pool: str
    runs: Sequence[Run]
    usage: PoolUsage | None

    @property
    def was_lifted(self) -> bool:
        """Whether the pool is not halted any more."""
        return self.usage is not None and self.usage.halted_reason is None

    @property
    def complete(self) -> bool:
        """Whether nothing is left to be stopped."""
        return self.was_lifted or (self.usage is not None and self.usage.active == 0)


@frozen(kw_only=True, eq=False, repr=False)
class HaltAnswer(Value):
    """The pools are halted. ``cursor``: for the next call to go on; None when all live runs were looked at."""

    pools: Sequence[HaltedPool]
    cursor: Mapping[str, str | None] | None

    @property
    def complete(self) -> bool:
        """Whether nothing is left to be stopped in any of them."""
        return all(pool.complete for pool in self.pools)


@frozen(kw_only=True, eq=False, repr=False)
class PoolsAnswer(Value):
    """How pools stand: their limits, where these come from, and halts."""

    usages: Sequence[PoolUsage]
