"""The slot ledger in memory; twin of the Lua scripts."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from enum import Enum
from threading import Lock

from attrs import define, field, frozen

from orchestrator_domain.errors import LedgerUnavailable
from orchestrator_domain.pools import Holder
from orchestrator_domain.ports.clock import Clock
from orchestrator_domain.ports.slot_ledger import LedgerDrift, SlotLedger

MARGIN = timedelta(seconds=5)
REMEMBERED = timedelta(hours=1)


class Standing(Enum):
    HELD = "held"
    ENDED = "ended"


@frozen
class LedgerEntry:
    """The newest that the ledger has seen of a campaign."""

    number: int
    standing: Standing
    at: datetime


@define
class InMemorySlotLedger(SlotLedger):
    """SlotLedger in dictionaries. ``away`` makes it fail as an absent server would."""

    clock: Clock
    away: bool = False
    active: dict[str, set[str]] = field(factory=dict)
    runs: dict[str, dict[str, LedgerEntry]] = field(factory=dict)
    details: dict[str, Holder] = field(factory=dict)
    _lock: Lock = field(factory=Lock, init=False, repr=False)

    def record(self, pool: str, holder: Holder) -> int:
        with self._lock:
            active, runs = self._pool(pool)
            seen = runs.get(holder.campaign_id)
            if not _is_newer(seen, holder.run_number):
                entry = LedgerEntry(holder.run_number, Standing.HELD, holder.since)
                runs[holder.campaign_id] = entry
                active.add(holder.campaign_id)
                self.details[holder.campaign_id] = holder
            return len(active)

    def release(self, pool: str, campaign_id: str, run_number: int) -> int:
        with self._lock:
            active, runs = self._pool(pool)
            now, seen = self.clock.now(), runs.get(campaign_id)
            if seen is None or seen.number <= run_number:
                runs[campaign_id] = LedgerEntry(run_number, Standing.ENDED, now)
                active.discard(campaign_id)
                self.details.pop(campaign_id, None)
            for campaign, entry in list(runs.items()):
                if entry.standing is Standing.ENDED and now - entry.at > REMEMBERED:
                    del runs[campaign]
            return len(active)

    def usage(self, pools: Sequence[str]) -> Mapping[str, frozenset[str]]:
        with self._lock:
            return {pool: frozenset(self._pool(pool)[0]) for pool in pools}

    def rebuild(self, pool: str, holders: Sequence[Holder], *, as_of: datetime) -> LedgerDrift:
        with self._lock:
            active, runs = self._pool(pool)
            newer = {campaign: entry for campaign, entry in runs.items() if entry.at > as_of - MARGIN}
            for campaign, entry in list(runs.items()):
                if campaign not in newer and entry.standing is Standing.HELD:
                    del runs[campaign]
            wanted = {campaign for campaign, entry in newer.items() if entry.standing is Standing.HELD}
            for holder in holders:
                if not _is_newer(newer.get(holder.campaign_id), holder.run_number):
                    wanted.add(holder.campaign_id)
                    runs[holder.campaign_id] = LedgerEntry(holder.run_number, Standing.HELD, holder.since)
            drift = LedgerDrift(added=tuple(sorted(wanted - active)), removed=tuple(sorted(active - wanted)))
            self.active[pool] = wanted
            return drift

    def _pool(self, pool: str) -> tuple[set[str], dict[str, LedgerEntry]]:
        if self.away:
            raise LedgerUnavailable(cause="connection")
        return self.active.setdefault(pool, set()), self.runs.setdefault(pool, {})


def _is_newer(seen: LedgerEntry | None, number: int) -> bool:
    """Whether what was seen makes a record of run ``number`` a late one."""
    if seen is None:
        return False
    return seen.number > number or (seen.number == number and seen.standing is Standing.ENDED)
