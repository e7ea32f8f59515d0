"""What is in Redis: the specification's keys and types, hostile content, round trips, and a server that is away."""

import json
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from attrs import evolve
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from network.proxy import TcpProxy
from network.silent_server import SilentServer
from orchestrator_adapters.memory.clock import SystemClock
from orchestrator_adapters.memory.slot_ledger import InMemorySlotLedger
from orchestrator_adapters.redis import error_causes
from orchestrator_adapters.redis.settings import RedisSettings
from orchestrator_adapters.redis.slot_ledger import RedisSlotLedger
from orchestrator_domain.errors import LedgerUnavailable
from orchestrator_domain.pools import Holder
from orchestrator_domain.ports.slot_ledger import SlotLedger
from serving.servers import raw_client

SINCE = datetime.now(UTC).replace(microsecond=0) - timedelta(hours=2)
SET, RUNS = "campaign:type:sms:active", "{campaign:type:sms:active}:runs"
DETAILS = "campaign:execution:a"


def holder(campaign: str = "a", number: int = 1) -> Holder:
    return Holder(
        campaign_id=campaign,
        campaign_type="sms",
        run_number=number,
        since=SINCE,
        execution_reference="arn:x",
    )


@pytest.fixture(params=["redis_settings", "cluster_settings"])
def any_settings(request: pytest.FixtureRequest) -> RedisSettings:
    chosen: RedisSettings = request.getfixturevalue(request.param)
    return evolve(chosen, timeout_seconds=5.0)


@pytest.fixture
def raw(any_settings: RedisSettings) -> Iterator[Any]:
    client = raw_client(any_settings)
    yield client
    client.close()


@pytest.fixture
def ledger(any_settings: RedisSettings) -> Iterator[RedisSlotLedger]:
    made = RedisSlotLedger(any_settings)
    yield made
    made.close()


def test_the_specification_s_keys_and_types(ledger: SlotLedger, raw: Any) -> None:
    ledger.record("sms", holder())
    ledger.record("voice", evolve(holder("b"), campaign_type="hybrid"))
    assert raw.smembers(SET) == {"a"}
    assert raw.smembers("campaign:type:voice:active") == {"b"}
    assert json.loads(raw.get(DETAILS)) == {
        "campaignId": "a",
        "campaignType": "sms",
        "runNumber": 1,
        "executionArn": "arn:x",
        "startedAt": SINCE.isoformat(),
    }


def test_a_release_leaves_only_the_memory_of_the_run(ledger: SlotLedger, raw: Any) -> None:
    ledger.record("sms", holder())
    ledger.release("sms", "a", 1)
    assert raw.exists(SET) == 0
    assert raw.exists(DETAILS) == 0
    assert raw.hget(RUNS, "a").startswith("1 ended ")


def test_a_late_record_writes_no_details(ledger: SlotLedger, raw: Any) -> None:
    ledger.release("sms", "a", 1)
    ledger.record("sms", holder())
    assert raw.exists(DETAILS) == 0


def test_ended_runs_are_forgotten_after_an_hour(ledger: SlotLedger, raw: Any) -> None:
    two_hours_ago = int((time.time() - 7200) * 1000)
    raw.hset(RUNS, mapping={f"old{n}": f"1 ended {two_hours_ago}" for n in range(10)})
    for number in range(60):
        ledger.release("sms", f"c{number}", 1)
    assert not [name for name in raw.hkeys(RUNS) if name.startswith("old")]


def test_both_keys_of_a_pool_share_a_cluster_slot_and_two_pools_do_not(cluster_settings: RedisSettings) -> None:
    client = raw_client(cluster_settings)
    slots = {key: client.keyslot(key) for key in (SET, RUNS, "campaign:type:voice:active")}
    client.close()
    assert slots[SET] == slots[RUNS] != slots["campaign:type:voice:active"]


HOSTILE: dict[str, Callable[[Any, str], Any]] = {
    "string": lambda raw, key: raw.set(key, "nonsense"),
    "list": lambda raw, key: raw.rpush(key, "x", "y"),
    "set": lambda raw, key: raw.sadd(key, "forged", "\ud800".encode("utf-16", "surrogatepass")),
    "hash": lambda raw, key: raw.hset(
        key,
        mapping={"a": "999999999999999999999 held 0", "b": "x", "c": "1 odd 5", "d": "", "e": "2 ended 1"},
    ),
    "sorted set": lambda raw, key: raw.zadd(key, {"x": 1}),
    "stream": lambda raw, key: raw.xadd(key, {"x": "y"}),
}


@pytest.mark.parametrize("kind", HOSTILE)
@pytest.mark.parametrize("key", [SET, RUNS, DETAILS])
def test_any_content_is_survived_and_replaced_by_a_rebuild(
    ledger: SlotLedger, raw: Any, kind: str, key: str
) -> None:
    HOSTILE[kind](raw, key)
    ledger.usage(["sms", "voice"])
    ledger.record("sms", holder("a"))
    ledger.release("sms", "b", 1)
    ledger.rebuild("sms", [holder("a"), holder("z")], as_of=datetime.now(UTC))
    assert ledger.usage(["sms"])["sms"] == {"a", "z"}
    assert raw.type(SET) == "set"
    assert raw.type(RUNS) == "hash"


operations = st.lists(
    st.tuples(
        st.sampled_from(["record", "release", "rebuild"]), st.sampled_from(["a", "b", "c"]), st.integers(1, 4)
    ),
    max_size=25,
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(asked=operations)
def test_memory_and_redis_answer_alike(redis_settings: RedisSettings, asked: list[tuple[str, str, int]]) -> None:
    client = raw_client(redis_settings)
    client.flushall()
    client.close()
    real, twin = RedisSlotLedger(evolve(redis_settings, timeout_seconds=5.0)), InMemorySlotLedger(SystemClock())
    for kind, campaign, number in asked:
        answers: list[object] = []
        for ledger in (real, twin):
            if kind == "record":
                answers.append(ledger.record("sms", holder(campaign, number)))
            elif kind == "release":
                answers.append(ledger.release("sms", campaign, number))
            else:
                answers.append(ledger.rebuild("sms", [holder(campaign, number)], as_of=SINCE))
            answers.append(ledger.usage(["sms"]))
        assert answers[:2] == answers[2:]
    real.close()


def test_record_release_usage_and_rebuild_are_one_round_trip_each(redis_settings: RedisSettings) -> None:
    with TcpProxy(redis_settings.host, redis_settings.port) as proxy:
        ledger = RedisSlotLedger(evolve(redis_settings, port=proxy.port, timeout_seconds=5.0))
        ledger.rebuild("sms", [holder()], as_of=datetime.now(UTC))
        ledger.record("sms", holder())
        ledger.release("sms", "a", 1)
        calls: list[Callable[[], object]] = [
            lambda: ledger.record("sms", holder("b")),
            lambda: ledger.release("sms", "b", 1),
            lambda: ledger.usage(["voice", "sms"]),
            lambda: ledger.rebuild("sms", [holder()], as_of=datetime.now(UTC)),
        ]
        for call in calls:
            before = proxy.round_trips
            call()
            assert proxy.round_trips - before == 1
        ledger.close()


def test_a_script_that_the_server_has_forgotten_is_sent_again(redis_settings: RedisSettings) -> None:
    ledger, raw = RedisSlotLedger(evolve(redis_settings, timeout_seconds=5.0)), raw_client(redis_settings)
    ledger.record("sms", holder())
    raw.script_flush()
    assert ledger.record("sms", holder("b")) == 2
    raw.close()
    ledger.close()


def test_a_server_that_never_answers_costs_no_more_than_its_budget() -> None:
    with SilentServer() as silent:
        ledger = RedisSlotLedger(RedisSettings(host="127.0.0.1", port=silent.port, password="x"))
        began = time.monotonic()
        with pytest.raises(LedgerUnavailable) as away:
            ledger.record("sms", holder())
        assert away.value.cause == "no_answer"
        # Generous: the promise is 0.3 s, and what is excluded is the almost minute of the driver's own retries.
        assert time.monotonic() - began < 2
        assert silent.received.count(b"AUTH") == 1
        ledger.close()


def test_a_refused_connection_and_a_wrong_password_are_told_apart(redis_settings: RedisSettings) -> None:
    wrong = RedisSlotLedger(evolve(redis_settings, password="wrong", timeout_seconds=5.0))
    with pytest.raises(LedgerUnavailable) as refused:
        wrong.record("sms", holder())
    assert refused.value.cause == "authentication"
    nobody = RedisSlotLedger(RedisSettings(host="127.0.0.1", port=1))
    with pytest.raises(LedgerUnavailable) as absent:
        nobody.usage(["sms"])
    assert absent.value.cause == "connection"


def test_after_a_cut_the_next_call_connects_afresh(redis_settings: RedisSettings) -> None:
    with TcpProxy(redis_settings.host, redis_settings.port) as proxy:
        ledger = RedisSlotLedger(evolve(redis_settings, port=proxy.port, timeout_seconds=1.0))
        ledger.record("sms", holder())
        proxy.hangs.set()
        with pytest.raises(LedgerUnavailable):
            ledger.record("sms", holder("b"))
        proxy.hangs.clear()
        proxy.cut()
        assert ledger.record("sms", holder("c")) == 3
        ledger.close()


def test_a_server_that_takes_no_writes_is_away(redis_settings: RedisSettings) -> None:
    ledger, raw = RedisSlotLedger(evolve(redis_settings, timeout_seconds=5.0)), raw_client(redis_settings)
    raw.config_set("maxmemory", "1")
    try:
        with pytest.raises(LedgerUnavailable) as full:
            ledger.record("sms", holder())
        assert full.value.cause == "out_of_memory"
    finally:
        raw.config_set("maxmemory", "0")
        raw.close()
        ledger.close()


def test_every_error_class_of_the_driver_has_its_word() -> None:
    import redis.exceptions

    listed = {name for name, _ in error_causes.LOOKED_FOR}
    programming = {"DataError", "PubSubError", "WatchError", "ExecAbortError", "ModuleError", "LockError"}
    programming |= {"LockNotOwnedError", "ChildDeadlockedError", "InvalidPipelineStack", "NoSuchFieldsetError"}
    programming |= {"IncorrectPolicyType"}  # nothing that the ledger's calls can meet
    classes = {
        name
        for name, cls in vars(redis.exceptions).items()
        if isinstance(cls, type) and issubclass(cls, Exception) and cls.__module__ == "redis.exceptions"
    }
    assert classes - listed - programming == set()
    assert listed <= classes
