"""What is in Redis, under the specification's keys and types, and how often it is asked."""

import json
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from attrs import evolve

from network.proxy import TcpProxy
from orchestrator_adapters.redis import scripts
from orchestrator_adapters.redis.keys import DetailsKeys, PoolKeys
from orchestrator_adapters.redis.settings import RedisSettings
from orchestrator_adapters.redis.slot_ledger import RedisSlotLedger
from orchestrator_domain.pools import Holder
from orchestrator_domain.ports.slot_ledger import SlotLedger

SINCE = datetime.now(UTC).replace(microsecond=0) - timedelta(hours=2)
SET, RUNS = "campaign:type:sms:active", "{campaign:type:sms:active}:runs"
VOICE = "campaign:type:voice:active"
DETAILS, ENDED = "campaign:execution:a", "{campaign:execution:a}:ended"
HOUR_MILLISECONDS = 3_600_000


def holder(campaign: str = "a", number: int = 1) -> Holder:
    return Holder(
        campaign_id=campaign,
        campaign_type="sms",
        run_number=number,
        since=SINCE,
        execution_reference="arn:x",
    )


def test_the_names_of_the_keys() -> None:
    assert (PoolKeys("voice").active, PoolKeys("sms").active) == (VOICE, SET)
    assert (PoolKeys("sms").runs, DetailsKeys("a").details, DetailsKeys("a").ended) == (RUNS, DETAILS, ENDED)


def test_the_specification_s_keys_and_types(ledger: SlotLedger, raw: Any) -> None:
    ledger.record("sms", holder())
    ledger.record("voice", evolve(holder("b"), campaign_type="hybrid"))
    assert raw.smembers(SET) == {"a"}
    assert raw.smembers(VOICE) == {"b"}
    assert json.loads(raw.get(DETAILS)) == {
        "campaignId": "a",
        "campaignType": "sms",
        "runNumber": 1,
        "executionArn": "arn:x",
        "startedAt": SINCE.isoformat(),
    }
    assert raw.hget(RUNS, "a") == f"1 held {int(SINCE.timestamp() * 1000)}"


def test_the_start_is_told_in_utc_whatever_the_store_s_zone(ledger: SlotLedger, raw: Any) -> None:
    elsewhere = SINCE.astimezone(datetime.strptime("+0545", "%z").tzinfo)
    ledger.record("sms", evolve(holder(), since=elsewhere))
    assert json.loads(raw.get(DETAILS))["startedAt"] == SINCE.isoformat()


def test_a_release_leaves_only_the_memory_of_the_run(ledger: SlotLedger, raw: Any) -> None:
    ledger.record("sms", holder())
    ledger.release("sms", "a", 1)
    assert raw.exists(SET) == 0
    assert raw.exists(DETAILS) == 0
    assert raw.hget(RUNS, "a").startswith("1 ended ")
    assert raw.get(ENDED).startswith("1 ended ")
    assert HOUR_MILLISECONDS - 60_000 < raw.pttl(ENDED) <= HOUR_MILLISECONDS


NEW: dict[str, Callable[[SlotLedger, str], object]] = {
    "record": lambda ledger, campaign: ledger.record("sms", holder(campaign)),
    "release": lambda ledger, campaign: ledger.release("sms", campaign, 1),
}


@pytest.mark.parametrize("state", ["ended", "settled"])
@pytest.mark.parametrize("call", NEW)
def test_ended_runs_are_forgotten_after_an_hour_little_by_little(
    ledger: SlotLedger, raw: Any, call: str, state: str
) -> None:
    """As fast as new ones come: of two that are looked at for each, at least one is old while most are."""
    two_hours_ago = int((time.time() - 7200) * 1000)
    raw.hset(RUNS, mapping={f"old{n}": f"1 {state} {two_hours_ago}" for n in range(400)})
    NEW[call](ledger, "new")
    assert raw.hlen(RUNS) >= 399
    for number in range(100):
        NEW[call](ledger, f"new{number}")
    assert raw.hlen(RUNS) <= 400


def test_no_run_is_forgotten_before(ledger: SlotLedger, raw: Any) -> None:
    lately = int((time.time() - 3000) * 1000)
    raw.hset(RUNS, mapping={f"ended{n}": f"1 ended {lately}" for n in range(10)} | {"held": "1 held 1", "odd": "x"})
    for number in range(30):
        ledger.record("sms", holder(f"new{number}"))
        ledger.release("sms", f"passing{number}", 1)
    assert raw.hlen(RUNS) == 72


def test_a_rebuild_forgets_them_at_once(ledger: SlotLedger, raw: Any) -> None:
    two_hours_ago, lately = (int((time.time() - seconds) * 1000) for seconds in (7200, 60))
    old = {f"old {state}": f"1 {state} {two_hours_ago}" for state in ("ended", "settled")}
    raw.hset(RUNS, mapping=old | {"new": f"1 ended {lately}", "odd": "garbage"})
    ledger.rebuild("sms", [], as_of=datetime.now(UTC))
    assert raw.hkeys(RUNS) == ["new"]


def test_keys_that_a_script_uses_together_share_a_cluster_slot_and_pools_do_not(
    cluster_settings: RedisSettings,
) -> None:
    from redis.crc import key_slot

    slot = {key: key_slot(key.encode()) for key in (SET, RUNS, VOICE, DETAILS, ENDED)}
    assert slot[SET] == slot[RUNS]
    assert slot[DETAILS] == slot[ENDED]
    assert len(set(slot.values())) == 3


@pytest.fixture
def proxy(node: RedisSettings) -> Iterator[TcpProxy]:
    with TcpProxy(node.host, node.port) as made:
        yield made


@pytest.fixture
def counted(node: RedisSettings, proxy: TcpProxy) -> Iterator[RedisSlotLedger]:
    """A ledger whose round trips are counted, with its connection open and its scripts known to the server."""
    made = RedisSlotLedger(evolve(node, port=proxy.port))
    made.record("sms", holder("held"))
    made.rebuild("sms", [holder("other")], as_of=datetime.now(UTC))
    made.release("sms", "other", 1)
    made.usage(["sms"])
    yield made
    made.close()


CALLS: dict[str, tuple[Callable[[SlotLedger], object], int]] = {
    "record": (lambda ledger: ledger.record("sms", holder("b")), 1),
    "release": (lambda ledger: ledger.release("sms", "b", 1), 1),
    "usage of three pools": (lambda ledger: ledger.usage(["voice", "sms", "fax"]), 1),
    "usage of none": (lambda ledger: ledger.usage([]), 0),
    "rebuild": (lambda ledger: ledger.rebuild("sms", [holder("b")], as_of=datetime.now(UTC)), 1),
    "rebuild of equal content": (lambda ledger: ledger.rebuild("sms", [], as_of=datetime.now(UTC)), 1),
}


@pytest.mark.parametrize("call", CALLS)
def test_how_many_round_trips_a_call_is(counted: RedisSlotLedger, proxy: TcpProxy, call: str) -> None:
    act, round_trips = CALLS[call]
    before = proxy.round_trips
    act(counted)
    assert proxy.round_trips - before == round_trips
    assert proxy.connections == 1


def test_a_rebuild_that_drops_holders_is_three_round_trips(counted: RedisSlotLedger, proxy: TcpProxy) -> None:
    counted.record("sms", holder("dropped"))
    before = proxy.round_trips
    assert counted.rebuild("sms", [], as_of=datetime.now(UTC)).removed == ("dropped",)
    assert proxy.round_trips - before == 3


def test_the_first_rebuild_after_an_end_is_three_round_trips_and_the_next_one_is_not(
    counted: RedisSlotLedger, proxy: TcpProxy
) -> None:
    counted.record("sms", holder())
    counted.release("sms", "a", 1)
    for round_trips in (3, 1):
        before = proxy.round_trips
        counted.rebuild("sms", [], as_of=datetime.now(UTC) + timedelta(minutes=1))
        assert proxy.round_trips - before == round_trips


def test_connecting_is_one_round_trip_more(node: RedisSettings, proxy: TcpProxy) -> None:
    ledger = RedisSlotLedger(evolve(node, port=proxy.port))
    ledger.usage(["sms"])
    ledger.close()
    known = proxy.round_trips
    ledger.usage(["sms"])
    ledger.close()
    assert proxy.round_trips - known == 2  # the password, and the call


def test_nothing_is_connected_before_the_first_call(node: RedisSettings, proxy: TcpProxy) -> None:
    ledger = RedisSlotLedger(evolve(node, port=proxy.port))
    assert proxy.connections == 0
    ledger.usage(["sms"])
    assert proxy.connections == 1
    ledger.close()


def test_scripts_that_the_server_has_forgotten_are_sent_again(ledger: SlotLedger, raw: Any) -> None:
    ledger.record("sms", holder())
    raw.script_flush()
    assert ledger.record("sms", holder("b")) == 2
    raw.script_flush()
    assert ledger.release("sms", "b", 1) == 1
    raw.script_flush()
    assert ledger.usage(["sms"]) == {"sms": {"a"}}


def test_what_had_its_effect_is_not_repeated_for_a_script_beside_it_that_is_unknown(
    node: RedisSettings, raw_node: Any
) -> None:
    raw_node.script_flush()
    keys = PoolKeys("sms")
    known = scripts.rebuild(active=keys.active, runs=keys.runs, holders="[]", known_before=0, believed_until=0)
    raw_node.script_load(known.script.text)
    ledger = RedisSlotLedger(node)
    assert ledger.rebuild("sms", [holder()], as_of=datetime.now(UTC)).added == ("a",)
    assert raw_node.exists(DETAILS) == 1
    ledger.close()
