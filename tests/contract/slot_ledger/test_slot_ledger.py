"""SlotLedger, promise by promise, over every adapter: memory, one Redis node, a Redis cluster."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from itertools import permutations
from threading import Barrier, Thread

import pytest

from orchestrator_domain.pools import Holder
from orchestrator_domain.ports.slot_ledger import SlotLedger

NOW = datetime.now(UTC).replace(microsecond=0)
LONG_AGO = NOW - timedelta(hours=3)
LATER = NOW + timedelta(minutes=5)


def holder(campaign: str, number: int = 1, since: datetime = LONG_AGO) -> Holder:
    return Holder(
        campaign_id=campaign, campaign_type="sms", run_number=number, since=since, execution_reference="r"
    )


def held(ledger: SlotLedger, pool: str = "sms") -> set[str]:
    return set(ledger.usage([pool])[pool])


def test_record_and_release_count_the_holders(ledger: SlotLedger) -> None:
    assert [ledger.record("sms", holder("a")), ledger.record("sms", holder("b"))] == [1, 2]
    assert held(ledger) == {"a", "b"}
    assert [ledger.release("sms", "a", 1), ledger.release("sms", "b", 1)] == [1, 0]
    assert held(ledger) == set()


def test_repeating_a_call_changes_nothing(ledger: SlotLedger) -> None:
    assert [ledger.record("sms", holder("a")) for _ in range(2)] == [1, 1]
    assert [ledger.release("sms", "a", 1) for _ in range(2)] == [0, 0]


def test_a_late_record_of_an_ended_run_is_dropped(ledger: SlotLedger) -> None:
    ledger.record("sms", holder("a"))
    ledger.release("sms", "a", 1)
    assert ledger.record("sms", holder("a")) == 0


def test_a_release_that_overtakes_its_record_wins(ledger: SlotLedger) -> None:
    ledger.release("sms", "a", 1)
    assert ledger.record("sms", holder("a")) == 0


def test_a_late_release_of_an_older_run_is_dropped(ledger: SlotLedger) -> None:
    ledger.record("sms", holder("a", 2))
    assert ledger.release("sms", "a", 1) == 1
    assert held(ledger) == {"a"}


def test_a_late_record_of_an_older_run_is_dropped(ledger: SlotLedger) -> None:
    ledger.record("sms", holder("a", 2))
    ledger.release("sms", "a", 2)
    assert ledger.record("sms", holder("a", 1)) == 0


def test_a_newer_run_holds_again(ledger: SlotLedger) -> None:
    ledger.record("sms", holder("a", 1))
    ledger.release("sms", "a", 1)
    assert ledger.record("sms", holder("a", 2)) == 1


def test_pools_are_apart(ledger: SlotLedger) -> None:
    ledger.record("sms", holder("a"))
    assert ledger.record("voice", holder("a")) == 1
    ledger.release("sms", "a", 1)
    assert ledger.usage(["voice", "sms"]) == {"voice": {"a"}, "sms": set()}


def test_a_pool_that_nobody_has_used_is_empty(ledger: SlotLedger) -> None:
    assert ledger.usage(["fax"]) == {"fax": frozenset()}


def test_rebuild_makes_an_empty_ledger_equal(ledger: SlotLedger) -> None:
    drift = ledger.rebuild("sms", [holder("a"), holder("b", 3)], as_of=NOW)
    assert (drift.added, drift.removed, drift.found) == (("a", "b"), (), True)
    assert held(ledger) == {"a", "b"}
    assert ledger.release("sms", "b", 2) == 2


def test_rebuild_removes_who_holds_no_slot(ledger: SlotLedger) -> None:
    ledger.record("sms", holder("gone"))
    ledger.record("sms", holder("a"))
    drift = ledger.rebuild("sms", [holder("a")], as_of=NOW)
    assert (drift.added, drift.removed) == ((), ("gone",))
    assert held(ledger) == {"a"}


def test_rebuild_of_equal_content_reports_no_drift(ledger: SlotLedger) -> None:
    ledger.record("sms", holder("a"))
    for _ in range(2):
        assert not ledger.rebuild("sms", [holder("a")], as_of=NOW).found
    assert not ledger.rebuild("voice", [], as_of=NOW).found


def test_rebuild_keeps_what_began_after_the_picture_was_taken(ledger: SlotLedger) -> None:
    ledger.record("sms", holder("new", since=LATER))
    ledger.record("sms", holder("within-margin", since=NOW - timedelta(seconds=4)))
    assert not ledger.rebuild("sms", [], as_of=NOW).found
    assert held(ledger) == {"new", "within-margin"}


def test_rebuild_from_an_old_picture_revives_no_run_that_has_ended_since(ledger: SlotLedger) -> None:
    ledger.record("sms", holder("a"))
    ledger.release("sms", "a", 1)
    assert not ledger.rebuild("sms", [holder("a")], as_of=NOW - timedelta(minutes=1)).found
    assert held(ledger) == set()


def test_rebuild_from_an_old_picture_takes_no_newer_run_back(ledger: SlotLedger) -> None:
    ledger.record("sms", holder("a", 2, since=LATER))
    ledger.rebuild("sms", [holder("a", 1)], as_of=NOW)
    assert ledger.release("sms", "a", 1) == 1


def test_ended_runs_are_remembered_through_a_rebuild(ledger: SlotLedger) -> None:
    ledger.record("sms", holder("a"))
    ledger.release("sms", "a", 1)
    ledger.rebuild("sms", [], as_of=NOW + timedelta(minutes=1))
    assert ledger.record("sms", holder("a")) == 0


def test_many_holders_are_rebuilt_in_one_call(ledger: SlotLedger) -> None:
    many = [holder(f"c{number}") for number in range(2_000)]
    assert len(ledger.rebuild("sms", many, as_of=NOW).added) == 2_000
    assert ledger.record("sms", holder("one-more")) == 2_001


def test_what_is_further_ahead_than_an_hour_is_corrected_by_a_rebuild(ledger: SlotLedger) -> None:
    ledger.record("sms", holder("forged", since=NOW + timedelta(hours=2)))
    assert ledger.rebuild("sms", [], as_of=NOW).removed == ("forged",)


def test_after_a_rebuild_from_a_later_picture_the_holders_are_all_there_is(ledger: SlotLedger) -> None:
    ledger.record("sms", holder("a", 7))
    ledger.release("sms", "b", 9)
    ledger.rebuild("sms", [holder("a", 2), holder("b", 3)], as_of=NOW + timedelta(minutes=10))
    assert held(ledger) == {"a", "b"}
    assert [ledger.release("sms", "a", 2), ledger.release("sms", "b", 3)] == [1, 0]


Write = Callable[[SlotLedger, str], object]


def record(number: int) -> Write:
    return lambda ledger, pool: ledger.record(pool, holder("a", number))


def release(number: int) -> Write:
    return lambda ledger, pool: ledger.release(pool, "a", number)


CONFLICTING: dict[str, tuple[Sequence[Write], set[str]]] = {
    "two runs recorded": ([record(1), record(2)], {"a"}),
    "two runs recorded, the older released": ([record(1), record(2), release(1)], {"a"}),
    "two runs recorded, the newer released": ([record(1), record(2), release(2)], set()),
    "recorded and released": ([record(1), release(1)], set()),
}


@pytest.mark.parametrize("case", CONFLICTING)
def test_writes_have_one_outcome_in_every_order(ledger: SlotLedger, case: str) -> None:
    writes, outcome = CONFLICTING[case]
    for number, order in enumerate(permutations(writes)):
        for write in order:
            write(ledger, f"pool{number}")
        assert held(ledger, f"pool{number}") == outcome


@pytest.mark.parametrize("case", CONFLICTING)
def test_writes_have_one_outcome_at_the_same_moment(ledger: SlotLedger, case: str) -> None:
    writes, outcome = CONFLICTING[case]
    for number in range(10):
        together = Barrier(len(writes))

        def at_once(write: Write, pool: str, together: Barrier = together) -> None:
            together.wait(10)
            write(ledger, pool)

        threads = [Thread(target=at_once, args=(write, f"pool{number}")) for write in writes]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(10)
        assert held(ledger, f"pool{number}") == outcome
