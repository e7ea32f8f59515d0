"""SlotLedger, promise by promise, over every adapter: memory, one Redis node, a Redis cluster."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from orchestrator_adapters.memory.clock import SystemClock
from orchestrator_adapters.memory.slot_ledger import InMemorySlotLedger
from orchestrator_adapters.redis.settings import RedisSettings
from orchestrator_adapters.redis.slot_ledger import RedisSlotLedger
from orchestrator_domain.pools import Holder
from orchestrator_domain.ports.slot_ledger import SlotLedger

NOW = datetime.now(UTC).replace(microsecond=0)
LONG_AGO = NOW - timedelta(hours=3)
LATER = NOW + timedelta(minutes=5)
ROOMY_SECONDS = 5.0


def holder(campaign: str, number: int = 1, since: datetime = LONG_AGO) -> Holder:
    return Holder(
        campaign_id=campaign, campaign_type="sms", run_number=number, since=since, execution_reference="r"
    )


@pytest.fixture
def memory_ledger() -> SlotLedger:
    return InMemorySlotLedger(SystemClock())


@pytest.fixture
def redis_ledger(redis_settings: RedisSettings) -> Iterator[SlotLedger]:
    yield from _over_redis(redis_settings)


@pytest.fixture
def cluster_ledger(cluster_settings: RedisSettings) -> Iterator[SlotLedger]:
    yield from _over_redis(cluster_settings)


def _over_redis(settings: RedisSettings) -> Iterator[SlotLedger]:
    made = RedisSlotLedger(
        RedisSettings(
            host=settings.host,
            port=settings.port,
            password=settings.password,
            cluster=settings.cluster,
            timeout_seconds=ROOMY_SECONDS,
        )
    )
    yield made
    made.close()


@pytest.fixture(params=["memory_ledger", "redis_ledger", "cluster_ledger"])
def ledger(request: pytest.FixtureRequest) -> SlotLedger:
    chosen: SlotLedger = request.getfixturevalue(request.param)
    return chosen


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
