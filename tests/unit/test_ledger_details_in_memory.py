"""What the slot ledger in memory shows of a campaign: the details of its newest run, whoever writes late."""

from datetime import timedelta

import pytest

from orchestrator_adapters.memory.clock import SettableClock
from orchestrator_adapters.memory.slot_ledger import (
    BELIEVED_AHEAD,
    MARGIN,
    REMEMBERED,
    InMemorySlotLedger,
    LedgerEntry,
    Standing,
)
from orchestrator_domain.errors import LedgerUnavailable
from orchestrator_domain.pools import Holder

NOTHING = timedelta()
TICK = timedelta(microseconds=1)


@pytest.fixture
def clock() -> SettableClock:
    return SettableClock()


@pytest.fixture
def ledger(clock: SettableClock) -> InMemorySlotLedger:
    return InMemorySlotLedger(clock)


def holder(clock: SettableClock, number: int, campaign: str = "c", *, ago: timedelta = NOTHING) -> Holder:
    return Holder(
        campaign_id=campaign,
        campaign_type="sms",
        run_number=number,
        since=clock.now() - ago,
        execution_reference=f"reference-{number}",
    )


def shown(ledger: InMemorySlotLedger, campaign: str = "c") -> int | None:
    details = ledger.details.get(campaign)
    return details.run_number if details else None


def test_the_newest_run_is_shown_and_a_repeat_brings_its_reference(
    ledger: InMemorySlotLedger, clock: SettableClock
) -> None:
    ledger.record("sms", holder(clock, 2))
    ledger.record("sms", holder(clock, 1))
    assert shown(ledger) == 2
    again = Holder(campaign_id="c", campaign_type="sms", run_number=2, since=clock.now(), execution_reference="new")
    ledger.record("sms", again)
    assert ledger.details["c"] == again
    ledger.record("sms", holder(clock, 3))
    assert shown(ledger) == 3


@pytest.mark.parametrize(("released", "left"), [(1, 2), (2, None), (3, None)])
def test_a_release_takes_away_its_own_run_and_older_ones(
    ledger: InMemorySlotLedger, clock: SettableClock, released: int, left: int | None
) -> None:
    ledger.record("sms", holder(clock, 2))
    ledger.release("sms", "c", released)
    assert shown(ledger) == left


def test_an_end_keeps_late_records_of_its_run_out_in_every_pool(
    ledger: InMemorySlotLedger, clock: SettableClock
) -> None:
    ledger.release("sms", "c", 2)
    ledger.release("sms", "c", 1)
    ledger.record("voice", holder(clock, 2))
    assert shown(ledger) is None
    ledger.record("voice", holder(clock, 3))
    assert shown(ledger) == 3


@pytest.mark.parametrize(("after", "left"), [(REMEMBERED, None), (REMEMBERED + TICK, 1)])
def test_an_end_is_remembered_for_an_hour(
    ledger: InMemorySlotLedger, clock: SettableClock, after: timedelta, left: int | None
) -> None:
    ledger.release("sms", "c", 1)
    clock.advance(after.total_seconds())
    ledger.release("sms", "other", 1)
    ledger.record("sms", holder(clock, 1))
    assert shown(ledger) == left
    assert ("c" in ledger.active["sms"]) == (left is not None)


def test_who_holds_is_never_forgotten(ledger: InMemorySlotLedger, clock: SettableClock) -> None:
    ledger.record("sms", holder(clock, 2))
    clock.advance(10 * REMEMBERED.total_seconds())
    ledger.release("sms", "other", 1)
    ledger.record("sms", holder(clock, 1))
    assert ledger.runs["sms"]["c"].number == 2


def test_a_rebuild_shows_the_details_of_who_holds_and_of_nobody_else(
    ledger: InMemorySlotLedger, clock: SettableClock
) -> None:
    long_ago = timedelta(hours=2)
    ledger.record("sms", holder(clock, 1, "gone", ago=long_ago))
    ledger.record("sms", holder(clock, 1, "held", ago=long_ago))
    ledger.record("voice", holder(clock, 2, "gone-newer", ago=long_ago))
    ledger.runs["sms"]["gone-newer"] = LedgerEntry(1, Standing.HELD, clock.now() - long_ago)
    drift = ledger.rebuild(
        "sms", [holder(clock, 1, name, ago=long_ago) for name in ("held", "new")], as_of=clock.now()
    )
    assert (drift.added, drift.removed) == (("new",), ("gone",))
    assert [shown(ledger, name) for name in ("gone", "held", "new", "gone-newer")] == [None, 1, 1, 2]
    assert {name: entry.standing for name, entry in ledger.runs["sms"].items()} == {
        "held": Standing.HELD,
        "new": Standing.HELD,
    }


def test_a_rebuild_passes_over_the_campaigns_that_are_newer_and_goes_on(
    ledger: InMemorySlotLedger, clock: SettableClock
) -> None:
    picture = clock.now()
    clock.advance(1)
    ledger.record("sms", holder(clock, 2, "newer"))
    ledger.release("sms", "ended", 1)
    ledger.rebuild("sms", [holder(clock, 1, name) for name in ("newer", "ended", "last")], as_of=picture)
    assert [shown(ledger, name) for name in ("newer", "ended", "last")] == [2, None, 1]


def test_a_rebuild_looks_once_for_what_an_end_has_left(ledger: InMemorySlotLedger, clock: SettableClock) -> None:
    ledger.release("sms", "c", 2)
    ledger.release("sms", "newer", 1)
    clock.advance(60)
    for is_shown_after in (False, True):
        ledger.details["c"] = holder(clock, 2)
        ledger.details["newer"] = holder(clock, 2, "newer")
        ledger.rebuild("sms", [], as_of=clock.now())
        assert (shown(ledger) is not None) == is_shown_after
        assert shown(ledger, "newer") == 2
    assert {entry.standing for entry in ledger.runs["sms"].values()} == {Standing.SETTLED}
    ledger.record("sms", holder(clock, 2))
    assert ledger.active["sms"] == set()


def test_what_is_settled_is_forgotten_after_an_hour_too(ledger: InMemorySlotLedger, clock: SettableClock) -> None:
    ledger.runs["sms"] = {"c": LedgerEntry(1, Standing.SETTLED, clock.now())}
    clock.advance((REMEMBERED + TICK).total_seconds())
    ledger.release("sms", "other", 1)
    assert set(ledger.runs["sms"]) == {"other"}


@pytest.mark.parametrize(
    ("since", "is_kept"),
    [
        (-MARGIN, False),
        (-MARGIN + TICK, True),
        (NOTHING, True),
        (BELIEVED_AHEAD, True),
        (BELIEVED_AHEAD + TICK, False),
    ],
)
def test_a_rebuild_keeps_what_is_newer_than_its_picture_within_reason(
    ledger: InMemorySlotLedger, clock: SettableClock, since: timedelta, is_kept: bool
) -> None:
    ledger.record("sms", holder(clock, 1, ago=-since))
    ledger.rebuild("sms", [], as_of=clock.now())
    assert (ledger.active["sms"] == {"c"}) == is_kept


def test_a_rebuild_corrects_an_end_that_is_none(ledger: InMemorySlotLedger, clock: SettableClock) -> None:
    for number in (1, 2):
        ledger.ended[f"c{number}"] = LedgerEntry(number, Standing.ENDED, clock.now() - timedelta(minutes=1))
    ledger.rebuild("sms", [holder(clock, 1, "c1"), holder(clock, 2, "c2")], as_of=clock.now())
    assert [shown(ledger, name) for name in ("c1", "c2")] == [1, 2]
    assert ledger.ended == {}


def test_one_that_is_away_says_so_by_the_word_that_is_told_of_a_lost_connection(
    ledger: InMemorySlotLedger, clock: SettableClock
) -> None:
    ledger.away = True
    with pytest.raises(LedgerUnavailable) as away:
        ledger.record("sms", holder(clock, 1))
    assert away.value.cause == "connection"
