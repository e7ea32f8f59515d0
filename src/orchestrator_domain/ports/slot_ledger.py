"""The ledger of held slots that everybody may read, and that decides nothing."""

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol, runtime_checkable

from attrs import frozen

from orchestrator_domain.pools import Holder
from orchestrator_domain.value import Value


@frozen(kw_only=True, eq=False, repr=False)
class LedgerDrift(Value):
    """What a rebuild had to correct."""

    added: tuple[str, ...]
    removed: tuple[str, ...]

    @property
    def found(self) -> bool:
        return bool(self.added or self.removed)


@runtime_checkable
class SlotLedger(Protocol):
    """A projection of the live runs, written after each commit.

    For all methods:

    1. Guarded by run numbers: what is said of a run older than one that the ledger has seen for the same
       campaign, ended or not, is dropped, so a late write of a stale process has no effect.
    2. One round trip, and two more for a rebuild that drops holders or is the first after an end; a few more for
       one of more than 500. All of it within budgets.LEDGER_SECONDS. LedgerUnavailable is raised when the ledger
       is away, slow, or refuses, whatever the reason. The write may then have had its effect, or have it later. A
       rebuild that has no time for all of the details leaves the set right; those that follow come to the end.
    3. Repeating a call changes nothing.
    4. Content of any kind under the ledger's keys (wrong types, forged members) raises nothing else; ``rebuild``
       replaces it.
    5. Pools share no key but the details, which are the campaign's own; an ended run is remembered for at least
       an hour.
    """

    @abstractmethod
    def record(self, pool: str, holder: Holder) -> int:
        """Show that ``holder`` holds a slot, and the details of its execution. Returns how many hold one now."""

    @abstractmethod
    def release(self, pool: str, campaign_id: str, run_number: int) -> int:
        """Show that the run holds no slot any more. Returns how many hold one now."""

    @abstractmethod
    def usage(self, pools: Sequence[str]) -> Mapping[str, frozenset[str]]:
        """The campaigns that the ledger shows as holders, per pool, all in one round trip."""

    @abstractmethod
    def rebuild(self, pool: str, holders: Sequence[Holder], *, as_of: datetime) -> LedgerDrift:
        """Make the pool's ledger, details included, equal to ``holders``, as the repository saw them at ``as_of``.

        6. A holder recorded for a run that began after ``as_of``, less five seconds, stays: the repository's
           picture is older. So does the end of a run that was written since, and the reference of an execution
           that the picture does not have yet. What lies more than an hour ahead
           of ``as_of`` was forged, and goes.
        7. A rebuild of equal content reports no drift.
        8. Details that a lost or refused call has left are removed by the next rebuild that comes within an hour.
        """
