"""Resource pools: who is admitted."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import Final

from attrs import field, frozen

from orchestrator_domain.value import Value

LARGEST_LIMIT: Final = 1_000_000


@frozen(kw_only=True, eq=False, repr=False)
class ResourcePool(Value):
    """A pool of slots.

    Attributes:
        name: "voice", "sms", ... Part of the pool's Redis keys.
        default_limit: how many runs may be live at once, unless the repository holds another limit.
    """

    name: str
    default_limit: int


@frozen(kw_only=True, eq=False, repr=False)
class Holder(Value):
    """A campaign that holds a slot of a pool, with which run and since when."""

    campaign_id: str
    campaign_type: str
    run_number: int
    since: datetime
    execution_reference: str | None = None


@frozen(kw_only=True, eq=False, repr=False)
class PoolUsage(Value):
    """A pool as the repository saw it at one moment, ``observed_at``.

    Attributes:
        active: live runs, that is, held slots.
        limit: the limit in force: the stored one, else the default of the asking process.
        limit_is_stored: somebody has set it at run time.
        halted_reason: why admission is halted, or None when it is not.
        holders: the holders, oldest first; at most as many as were asked for.
        recent_run_seconds: how long the pool's most recently ended runs took.
    """

    name: str
    active: int
    limit: int
    observed_at: datetime
    limit_is_stored: bool = False
    halted_reason: str | None = None
    holders: Sequence[Holder] = ()
    recent_run_seconds: Sequence[float] = ()

    @property
    def available(self) -> int:
        """Free slots; never negative, also while a lowered limit drains."""
        return max(0, self.limit - self.active)

    @property
    def utilization_percent(self) -> float:
        """Held slots per hundred of the limit; above 100 while a lowered limit drains; 100 for a limit of 0."""
        if self.limit == 0:
            return 100.0
        return round(100.0 * self.active / self.limit, 1)

    @property
    def admits(self) -> bool:
        """The admission rule: not halted, and fewer live runs than the limit."""
        return self.halted_reason is None and self.active < self.limit


def _read_only(pools: Mapping[str, ResourcePool]) -> Mapping[str, ResourcePool]:
    return MappingProxyType(dict(pools))


@frozen(kw_only=True, eq=False, repr=False)
class Pools(Value):
    """The pools that this deployment knows, by name."""

    by_name: Mapping[str, ResourcePool] = field(converter=_read_only)

    @classmethod
    def of(cls, *pools: ResourcePool) -> "Pools":
        return cls(by_name={pool.name: pool for pool in pools})

    def only(self, names: Collection[str]) -> "Pools":
        """Those of the pools that ``names`` names, in this deployment's order."""
        return Pools.of(*(pool for pool in self.by_name.values() if pool.name in names))
