"""Changes of several pools at once and under keys, promise by promise, over every adapter."""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor

from asking.requests import ORIGIN, POOLS, SMS_LIMIT, VOICE_LIMIT, unique
from asking.stores import StoreUnderTest
from orchestrator_domain.decisions import HistoryEntry, RequestKey
from orchestrator_domain.pool_decisions import PoolRequest, PoolVerdict


def request(
    *,
    limits: Mapping[str, int | None] | None = None,
    halts: Mapping[str, str | None] | None = None,
    key: str | None = None,
) -> PoolRequest:
    content = f"{limits} {halts}"
    return PoolRequest(
        limits=limits or {},
        halts=halts or {},
        key=RequestKey(key=key, content_hash=content) if key else None,
        origin=ORIGIN,
    )


def limits(store: StoreUnderTest) -> dict[str, tuple[int, bool]]:
    usages = store.repository.pool_usage(POOLS, holders_wanted=0)
    return {pool.name: (pool.limit, pool.limit_is_stored) for pool in usages}


def halts(store: StoreUnderTest) -> dict[str, str | None]:
    return {pool.name: pool.halted_reason for pool in store.repository.pool_usage(POOLS, holders_wanted=0)}


def audit(store: StoreUnderTest, pool: str) -> list[HistoryEntry]:
    return list(store.repository.history(f"pool:{pool}", limit=20))


def test_several_limits_are_changed_together_and_their_source_is_told(store: StoreUnderTest) -> None:
    assert limits(store) == {"voice": (VOICE_LIMIT, False), "sms": (SMS_LIMIT, False)}
    assert store.pool_control.change(request(limits={"voice": 8, "sms": 20})) is PoolVerdict.DONE
    assert limits(store) == {"voice": (8, True), "sms": (20, True)}
    store.pool_control.change(request(limits={"voice": None}))
    assert limits(store) == {"voice": (VOICE_LIMIT, False), "sms": (20, True)}


def test_a_change_is_audited_with_what_was_before_and_who_wanted_it(store: StoreUnderTest) -> None:
    store.pool_control.change(request(limits={"sms": 7}))
    store.pool_control.change(request(limits={"sms": 9}, halts={"sms": "an incident"}))
    store.pool_control.change(request(limits={"sms": 9}, halts={"sms": "another one"}))
    store.pool_control.change(request(limits={"sms": None}, halts={"sms": None}))
    rows = audit(store, "sms")
    assert [(row.kind, row.cause, dict(row.detail)) for row in rows] == [
        ("limit_changed", None, {"limit": 7, "limit_before": None}),
        ("limit_changed", None, {"limit": 9, "limit_before": 7}),
        ("halted", "an incident", {"halted": "an incident", "halted_before": None}),
        ("halted", "another one", {"halted": "another one", "halted_before": "an incident"}),
        ("limit_changed", None, {"limit": None, "limit_before": 9}),
        ("unhalted", None, {"halted": None, "halted_before": "another one"}),
    ]
    assert {row.origin for row in rows} == {ORIGIN}
    assert audit(store, "voice") == []


def test_a_key_is_one_request_also_when_all_has_changed_since(store: StoreUnderTest) -> None:
    lifting = request(halts={"voice": None, "sms": None}, key=unique("key"))
    halting = request(halts={"voice": "first", "sms": "first"}, key=unique("key"))
    assert store.pool_control.change(halting) is PoolVerdict.DONE
    assert store.pool_control.change(lifting) is PoolVerdict.DONE
    assert store.pool_control.change(halting) is PoolVerdict.REPLAYED
    assert halts(store) == {"voice": None, "sms": None}
    store.pool_control.change(request(halts={"voice": "second", "sms": "second"}, key=unique("key")))
    assert store.pool_control.change(lifting) is PoolVerdict.REPLAYED
    assert halts(store) == {"voice": "second", "sms": "second"}
    assert [row.kind for row in audit(store, "sms")] == ["halted", "unhalted", "halted"]


def test_a_key_of_another_request_changes_nothing_in_any_pool(store: StoreUnderTest) -> None:
    key = unique("key")
    store.pool_control.change(request(halts={"sms": "why"}, key=key))
    both = request(halts={"voice": "why", "sms": "why"}, key=key)
    assert store.pool_control.change(both) is PoolVerdict.KEY_REUSED
    assert halts(store) == {"voice": None, "sms": "why"}
    assert audit(store, "voice") == []


def test_a_key_belongs_to_its_pool(store: StoreUnderTest) -> None:
    key = unique("key")
    store.pool_control.change(request(halts={"sms": "why"}, key=key))
    assert store.pool_control.change(request(halts={"voice": "why not"}, key=key)) is PoolVerdict.DONE
    assert halts(store) == {"voice": "why not", "sms": "why"}


def test_a_change_that_changes_nothing_keeps_its_key(store: StoreUnderTest) -> None:
    key = unique("key")
    assert store.pool_control.change(request(halts={"sms": None}, key=key)) is PoolVerdict.DONE
    store.pool_control.change(request(halts={"sms": "why"}))
    assert store.pool_control.change(request(halts={"sms": None}, key=key)) is PoolVerdict.REPLAYED
    assert halts(store)["sms"] == "why"


def test_of_several_deliveries_at_once_one_decides(store: StoreUnderTest) -> None:
    halting = request(halts={"voice": "why", "sms": "why"}, key=unique("key"))
    with ThreadPoolExecutor(8) as threads:
        verdicts = list(threads.map(lambda _: store.pool_control.change(halting), range(8)))
    assert sorted(verdicts) == sorted([PoolVerdict.DONE] + 7 * [PoolVerdict.REPLAYED])
    assert [row.kind for row in audit(store, "voice") + audit(store, "sms")] == ["halted", "halted"]


def test_one_who_sees_both_pools_at_one_moment_never_sees_half_a_change(store: StoreUnderTest) -> None:
    store.pool_control.change(request(limits={"voice": 1, "sms": 1}))

    def change(number: int) -> None:
        store.pool_control.change(request(limits={"voice": number, "sms": number}))

    with ThreadPoolExecutor(4) as threads:
        changes = [threads.submit(change, number) for number in range(2, 40)]
        while not all(change.done() for change in changes):
            assert len(set(limits(store).values())) == 1
        for done in changes:
            done.result()
