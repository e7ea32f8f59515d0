"""The slot ledger in memory; twin of the Lua scripts."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from enum import Enum
from threading import Lock

from attrs import define, evolve, field, frozen

from orchestrator_domain.errors import LedgerUnavailable
from orchestrator_domain.pools import Holder
from orchestrator_domain.ports.clock import Clock
from orchestrator_domain.ports.slot_ledger import LedgerDrift, SlotLedger

MARGIN = timedelta(seconds=5)
BELIEVED_AHEAD = timedelta(hours=1)
REMEMBERED = timedelta(hours=1)


class Standing(Enum):
    """SETTLED: ended, and a rebuild has removed the details, should they have been left."""

    HELD = "held"
    ENDED = "ended"
    SETTLED = "settled"


@frozen
class LedgerEntry:
    """The newest that the ledger has seen of a campaign."""

    number: int
    standing: Standing
    at: datetime


@define
class InMemorySlotLedger(SlotLedger):
    """SlotLedger in dictionaries. ``away`` makes it fail as an absent server would.

    Attributes:
        active, runs: per pool, who holds a slot, and the newest run seen of each campaign.
        details, ended: per campaign whatever its pool, the holder shown, and its newest ended run.
    """

    clock: Clock
    away: bool = False
    active: dict[str, set[str]] = field(factory=dict)
    runs: dict[str, dict[str, LedgerEntry]] = field(factory=dict)
    details: dict[str, Holder] = field(factory=dict)
    ended: dict[str, LedgerEntry] = field(factory=dict)
    _lock: Lock = field(factory=Lock, init=False, repr=False)

    def record(self, pool: str, holder: Holder) -> int:
        with self._lock:
            active, runs = self._pool(pool)
            campaign, number = holder.campaign_id, holder.run_number
            if not _is_later(runs.get(campaign), number):
                runs[campaign] = LedgerEntry(number, Standing.HELD, holder.since)
                active.add(campaign)
            shown = self.details.get(campaign)
            if not (shown and shown.run_number > number) and not _is_later(self._last_ended(campaign), number):
                self.details[campaign] = holder
            return len(active)

    def release(self, pool: str, campaign_id: str, run_number: int) -> int:
        with self._lock:
            active, runs = self._pool(pool)
            ending = LedgerEntry(run_number, Standing.ENDED, self.clock.now())
            seen, last_ended = runs.get(campaign_id), self._last_ended(campaign_id)
            if seen is None or seen.number <= run_number:
                runs[campaign_id] = ending
                active.discard(campaign_id)
            if last_ended is None or last_ended.number < run_number:
                self.ended[campaign_id] = ending
            self._drop_details(campaign_id, run_number)
            self._forget(runs)
            self._forget(self.ended)
            return len(active)

    def usage(self, pools: Sequence[str]) -> Mapping[str, frozenset[str]]:
        with self._lock:
            return {pool: frozenset(self._pool(pool)[0]) for pool in pools}

    def rebuild(self, pool: str, holders: Sequence[Holder], *, as_of: datetime) -> LedgerDrift:
        def is_newer(at: datetime) -> bool:
            return as_of - MARGIN < at <= as_of + BELIEVED_AHEAD

        with self._lock:
            active, runs = self._pool(pool)
            newer = {campaign: entry for campaign, entry in runs.items() if is_newer(entry.at)}
            older = {campaign: entry for campaign, entry in runs.items() if campaign not in newer}
            wanted = {campaign for campaign, entry in newer.items() if entry.standing is Standing.HELD}
            left = {name: entry for name, entry in older.items() if entry.standing is not Standing.SETTLED}
            self._forget(older)
            ends = {name: entry for name, entry in older.items() if entry.standing is not Standing.HELD}
            runs.clear()
            runs.update(newer | {name: evolve(entry, standing=Standing.SETTLED) for name, entry in ends.items()})
            for holder in holders:
                campaign, number = holder.campaign_id, holder.run_number
                if not _is_later(newer.get(campaign), number):
                    wanted.add(campaign)
                    runs[campaign] = LedgerEntry(number, Standing.HELD, holder.since)
                shown, last_ended = self.details.get(campaign), self._last_ended(campaign)
                if shown and shown.run_number > number and is_newer(shown.since):
                    continue
                if last_ended and last_ended.number >= number:
                    if is_newer(last_ended.at):
                        continue
                    del self.ended[campaign]
                if not (shown and shown.run_number == number and holder.execution_reference is None):
                    self.details[campaign] = holder
            for campaign, entry in left.items():
                if campaign not in wanted:
                    self._drop_details(campaign, entry.number)
            drift = LedgerDrift(added=tuple(sorted(wanted - active)), removed=tuple(sorted(active - wanted)))
            self.active[pool] = wanted
            return drift

    def _pool(self, pool: str) -> tuple[set[str], dict[str, LedgerEntry]]:
        if self.away:
            raise LedgerUnavailable(cause="connection")
        return self.active.setdefault(pool, set()), self.runs.setdefault(pool, {})

    def _last_ended(self, campaign_id: str) -> LedgerEntry | None:
        """As if every entry were forgotten when its time has passed, whoever comes to forget it, and whenever."""
        entry = self.ended.get(campaign_id)
        return None if entry is None or self.clock.now() - entry.at > REMEMBERED else entry

    def _drop_details(self, campaign_id: str, run_number: int) -> None:
        shown = self.details.get(campaign_id)
        if shown and shown.run_number <= run_number:
            del self.details[campaign_id]

    def _forget(self, entries: dict[str, LedgerEntry]) -> None:
        now = self.clock.now()
        for campaign, entry in list(entries.items()):
            if entry.standing is not Standing.HELD and now - entry.at > REMEMBERED:
                del entries[campaign]


def _is_later(seen: LedgerEntry | None, number: int) -> bool:
    """Whether what was seen makes a record of run ``number`` a late one."""
    if seen is None:
        return False
    return seen.number > number or (seen.number == number and seen.standing is not Standing.HELD)
