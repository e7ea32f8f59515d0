"""Pool usage and PoolControl, promise by promise, over every adapter."""

from concurrent.futures import ThreadPoolExecutor
from threading import Event

import pytest

from asking.requests import ORIGIN, POOLS, SMS_LIMIT, VOICE_LIMIT, admission, end_of, unique
from asking.stores import StoreUnderTest
from orchestrator_domain.decisions import Verdict
from orchestrator_domain.pools import PoolUsage


def usage(store: StoreUnderTest) -> dict[str, PoolUsage]:
    return {pool.name: pool for pool in store.repository.pool_usage(POOLS, holders_wanted=10)}


def start(store: StoreUnderTest, campaign_type: str = "sms") -> Verdict:
    return store.repository.admit(admission(store.put_campaign(unique("c"), campaign_type=campaign_type))).verdict


def test_usage_shows_every_pool_in_the_order_asked(store: StoreUnderTest) -> None:
    start(store)
    start(store, "hybrid")
    pools = store.repository.pool_usage(POOLS, holders_wanted=10)
    assert [pool.name for pool in pools] == ["voice", "sms"]
    assert [(pool.active, pool.limit) for pool in pools] == [(1, VOICE_LIMIT), (1, SMS_LIMIT)]
    assert [holder.campaign_type for pool in pools for holder in pool.holders] == ["hybrid", "sms"]


def test_usage_lists_no_more_holders_than_wanted(store: StoreUnderTest) -> None:
    start(store)
    start(store)
    (_, sms) = store.repository.pool_usage(POOLS, holders_wanted=1)
    assert (sms.active, len(sms.holders)) == (2, 1)


def test_a_limit_set_is_in_force_for_the_next_admission(store: StoreUnderTest) -> None:
    store.pool_control.set_limit("sms", 1, origin=ORIGIN)
    assert [start(store), start(store)] == [Verdict.ADMITTED, Verdict.RESOURCE_LIMIT_REACHED]
    store.pool_control.set_limit("sms", 2, origin=ORIGIN)
    assert start(store) is Verdict.ADMITTED
    assert usage(store)["sms"].limit == 2


def test_none_returns_to_the_default_of_the_asking_process(store: StoreUnderTest) -> None:
    store.pool_control.set_limit("sms", 1, origin=ORIGIN)
    store.pool_control.set_limit("sms", None, origin=ORIGIN)
    assert usage(store)["sms"].limit == SMS_LIMIT


def test_a_limit_of_zero_admits_nobody(store: StoreUnderTest) -> None:
    store.pool_control.set_limit("sms", 0, origin=ORIGIN)
    assert start(store) is Verdict.RESOURCE_LIMIT_REACHED
    assert start(store, "voice") is Verdict.ADMITTED


def test_lowering_the_limit_ends_no_run(store: StoreUnderTest) -> None:
    for _ in range(SMS_LIMIT):
        start(store)
    store.pool_control.set_limit("sms", 1, origin=ORIGIN)
    seen = usage(store)["sms"]
    assert (seen.active, seen.limit, seen.available) == (SMS_LIMIT, 1, 0)
    assert seen.utilization_percent == 100.0 * SMS_LIMIT
    runs = store.repository.live_runs("sms", limit=10)
    for run in runs[:-1]:
        store.repository.end_run(end_of(run))
        assert start(store) is Verdict.RESOURCE_LIMIT_REACHED
    store.repository.end_run(end_of(runs[-1]))
    assert start(store) is Verdict.ADMITTED


def test_a_halt_is_lifted_with_none(store: StoreUnderTest) -> None:
    store.pool_control.set_halt("sms", "why", origin=ORIGIN)
    assert usage(store)["sms"].halted_reason == "why"
    assert start(store) is Verdict.POOL_HALTED
    store.pool_control.set_halt("sms", None, origin=ORIGIN)
    assert start(store) is Verdict.ADMITTED


def test_a_pool_that_nobody_has_used_yet_can_be_changed(store: StoreUnderTest) -> None:
    store.pool_control.set_limit("fax", 3, origin=ORIGIN)
    store.pool_control.set_halt("fax", "why", origin=ORIGIN)
    history = store.repository.history("pool:fax", limit=10)
    assert [entry.kind for entry in history] == ["limit_changed", "halted"]


def test_a_change_appends_one_audit_row_and_no_change_none(store: StoreUnderTest) -> None:
    for _ in range(2):
        store.pool_control.set_limit("sms", 7, origin=ORIGIN)
        store.pool_control.set_halt("sms", "why", origin=ORIGIN)
    history = store.repository.history("pool:sms", limit=10)
    assert [entry.kind for entry in history] == ["limit_changed", "halted"]
    assert history[0].detail["limit"] == 7
    assert {entry.origin for entry in history} == {ORIGIN}


@pytest.mark.parametrize("rounds", range(3))
def test_no_admission_after_a_halt_has_returned(store: StoreUnderTest, rounds: int) -> None:
    store.pool_control.set_limit("sms", 1_000, origin=ORIGIN)
    campaigns = [store.put_campaign(unique("c")) for _ in range(80)]
    halted = Event()

    def admit(campaign: str) -> tuple[bool, Verdict]:
        began_after_halt = halted.is_set()
        return began_after_halt, store.repository.admit(admission(campaign)).verdict

    with ThreadPoolExecutor(8) as threads:
        answers = [threads.submit(admit, campaign) for campaign in campaigns]
        store.pool_control.set_halt("sms", "why", origin=ORIGIN)
        live = len(store.repository.live_runs("sms", limit=100))
        halted.set()
    verdicts = [answer.result() for answer in answers]
    assert len(store.repository.live_runs("sms", limit=100)) == live
    assert all(verdict is Verdict.POOL_HALTED for late, verdict in verdicts if late)
