"""Whatever is under the ledger's keys: no call fails by it, and a rebuild replaces it (I14, F45)."""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from orchestrator_adapters.memory.clock import SystemClock
from orchestrator_adapters.memory.slot_ledger import InMemorySlotLedger
from orchestrator_adapters.redis.settings import RedisSettings
from orchestrator_adapters.redis.slot_ledger import RedisSlotLedger
from orchestrator_domain.pools import Holder
from orchestrator_domain.ports.slot_ledger import SlotLedger

SINCE = datetime.now(UTC).replace(microsecond=0) - timedelta(hours=2)
SET, RUNS = "campaign:type:sms:active", "{campaign:type:sms:active}:runs"
DETAILS, ENDED = "campaign:execution:a", "{campaign:execution:a}:ended"
FAR_MILLISECONDS = 9_999_999_999_999


def holder(campaign: str = "a", number: int = 1) -> Holder:
    return Holder(campaign_id=campaign, campaign_type="sms", run_number=number, since=SINCE)


HOSTILE: dict[str, Callable[[Any, str], Any]] = {
    "string": lambda raw, key: raw.set(key, "nonsense"),
    "bytes": lambda raw, key: raw.set(key, b"\xff\x00\xfe"),
    "list": lambda raw, key: raw.rpush(key, "x", "y"),
    "set": lambda raw, key: raw.sadd(key, "forged", "\ud800".encode("utf-16", "surrogatepass"), ""),
    "hash": lambda raw, key: raw.hset(
        key,
        mapping={
            "a": "999999999999999999999 held 0",
            "b": "x",
            "c": "1 odd 5",
            "d": "",
            "e": "2 ended 1",
            "f": f"3 held {FAR_MILLISECONDS}",
            "g": f"3 ended {FAR_MILLISECONDS}",
            b"\xff": b"\xff",
        },
    ),
    "sorted set": lambda raw, key: raw.zadd(key, {"x": 1}),
    "stream": lambda raw, key: raw.xadd(key, {"x": "y"}),
}

CALLS: dict[str, Callable[[SlotLedger], object]] = {
    "record": lambda ledger: ledger.record("sms", holder()),
    "release": lambda ledger: ledger.release("sms", "a", 1),
    "usage": lambda ledger: ledger.usage(["sms", "voice"]),
    "rebuild": lambda ledger: ledger.rebuild("sms", [holder()], as_of=datetime.now(UTC)),
    "rebuild of nobody": lambda ledger: ledger.rebuild("sms", [], as_of=datetime.now(UTC)),
}


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("kind", HOSTILE)
@pytest.mark.parametrize("key", [SET, RUNS, DETAILS, ENDED])
def test_any_content_is_survived_and_replaced_by_a_rebuild(
    ledger: SlotLedger, raw: Any, key: str, kind: str, call: str
) -> None:
    HOSTILE[kind](raw, key)
    CALLS[call](ledger)
    ledger.rebuild("sms", [holder("a"), holder("z")], as_of=datetime.now(UTC) + timedelta(minutes=1))
    assert ledger.usage(["sms"])["sms"] == {"a", "z"}
    assert (raw.type(SET), raw.type(RUNS), raw.type(DETAILS)) == ("set", "hash", "string")
    assert set(raw.hgetall(RUNS)) >= {"a", "z"}
    assert ledger.release("sms", "a", 1) == 1


@pytest.mark.parametrize("state", ["held", "ended", "settled"])
@pytest.mark.parametrize("at", [0, FAR_MILLISECONDS], ids=["long ago", "far ahead"])
def test_a_forged_run_number_holds_nobody_up_beyond_the_next_rebuild(
    ledger: SlotLedger, raw: Any, state: str, at: int
) -> None:
    raw.hset(RUNS, "a", f"999 {state} {at}")
    ledger.record("sms", holder())
    ledger.rebuild("sms", [holder()], as_of=datetime.now(UTC))
    assert ledger.usage(["sms"])["sms"] == {"a"}
    assert ledger.release("sms", "a", 1) == 0


@pytest.mark.parametrize("number", ["9" * 16, "9" * 400, "-1", "1.5", "1e3", "0x7"])
def test_what_is_no_run_number_holds_nobody_up(ledger: SlotLedger, raw: Any, number: str) -> None:
    raw.hset(RUNS, "a", f"{number} ended {int(time.time() * 1000)}")
    raw.set(ENDED, f"{number} ended {int(time.time() * 1000)}")
    assert ledger.record("sms", holder()) == 1
    assert raw.exists(DETAILS) == 1


campaigns = st.sampled_from(["a", "b", "c"])
run_numbers = st.integers(1, 4)
operations = st.lists(
    st.one_of(
        st.tuples(st.just("record"), st.sampled_from(["sms", "voice"]), campaigns, run_numbers),
        st.tuples(st.just("release"), st.sampled_from(["sms", "voice"]), campaigns, run_numbers),
        st.tuples(
            st.just("rebuild"),
            st.sampled_from(["sms", "voice"]),
            st.dictionaries(campaigns, run_numbers),
            st.sampled_from([-7200, -60, 0, 60]),
        ),
    ),
    max_size=25,
)


def answers(ledger: SlotLedger, asked: list[Any]) -> list[object]:
    given_answers: list[object] = []
    as_of = datetime.now(UTC)
    for kind, pool, what, number in asked:
        if kind == "record":
            given_answers.append(ledger.record(pool, holder(what, number)))
        elif kind == "release":
            given_answers.append(ledger.release(pool, what, number))
        else:
            holders = [holder(campaign, one) for campaign, one in what.items()]
            given_answers.append(ledger.rebuild(pool, holders, as_of=as_of + timedelta(seconds=number)))
        given_answers.append(ledger.usage(["sms", "voice"]))
    return given_answers


def runs_in_details(raw: Any) -> dict[str, str]:
    return {key.rpartition(":")[2]: raw.get(key) for key in raw.keys("campaign:execution:*")}


@pytest.fixture
def real(node: RedisSettings, raw_node: Any) -> Any:
    made = RedisSlotLedger(node)
    yield made
    made.close()


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(asked=operations)
def test_memory_and_redis_answer_alike(real: RedisSlotLedger, raw_node: Any, asked: list[Any]) -> None:
    raw_node.flushall()
    twin = InMemorySlotLedger(SystemClock())
    assert answers(real, asked) == answers(twin, asked)
    assert set(runs_in_details(raw_node)) == set(twin.details)


entries = st.one_of(
    st.text(max_size=8),
    st.binary(max_size=8),
    st.builds(
        "{} {} {}".format,
        st.integers(0, 10**20),
        st.sampled_from(["held", "ended", "settled"]),
        st.integers(0, 10**12),
    ),
    st.builds("{} held {}".format, run_numbers, st.integers(FAR_MILLISECONDS, 10**20)),
)
names = st.one_of(campaigns, st.text(max_size=4), st.binary(max_size=4))
contents = st.one_of(
    st.tuples(st.just("set"), entries),
    st.tuples(st.just("rpush"), entries),
    st.tuples(st.just("sadd"), names),
    st.tuples(st.just("hset"), names, entries),
    st.tuples(st.just("zadd"), st.dictionaries(names, st.integers(), min_size=1, max_size=2)),
)


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    planted=st.dictionaries(st.sampled_from([SET, RUNS, DETAILS, ENDED]), contents),
    before=operations,
    holders=st.dictionaries(campaigns, run_numbers),
    after=operations,
)
def test_from_any_content_a_rebuild_leads_to_the_holders_and_to_one_way_on(
    real: RedisSlotLedger,
    raw_node: Any,
    planted: dict[str, Any],
    before: list[Any],
    holders: dict[str, int],
    after: list[Any],
) -> None:
    raw_node.flushall()
    for key, (command, *arguments) in planted.items():
        getattr(raw_node, command)(key, *arguments)
    answers(real, before)

    pools = ["sms", "voice"]
    twin = InMemorySlotLedger(SystemClock())
    wanted = [holder(campaign, number) for campaign, number in holders.items()]
    as_of = datetime.now(UTC) + timedelta(minutes=10)
    for ledger in (real, twin):
        ledger.rebuild("voice", [], as_of=as_of)
        ledger.rebuild("sms", wanted, as_of=as_of)
    assert real.usage(pools) == twin.usage(pools) == {"sms": set(holders), "voice": set()}

    # What has truly ended within the hour is remembered, and is known to the twin no more than what was forged.
    lately = int((time.time() - 3600) * 1000)
    for pool in pools:
        for campaign, entry in raw_node.hgetall(f"{{campaign:type:{pool}:active}}:runs").items():
            _, state, at = entry.split(" ")
            assert state == "held" or int(at) > lately
            if state != "held":
                raw_node.hdel(f"{{campaign:type:{pool}:active}}:runs", campaign)
    assert answers(real, after) == answers(twin, after)
