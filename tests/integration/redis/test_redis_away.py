"""Redis is away, slow, or refuses: LedgerUnavailable with a stable cause, within the time of one call, once."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import pytest
from attrs import evolve

from network.proxy import TcpProxy
from network.silent_server import SilentServer
from network.trickling_server import TricklingServer
from orchestrator_adapters.redis.sending import redis_server
from orchestrator_adapters.redis.settings import RedisSettings
from orchestrator_adapters.redis.slot_ledger import RedisSlotLedger
from orchestrator_domain import budgets
from orchestrator_domain.errors import LedgerUnavailable
from orchestrator_domain.pools import Holder
from orchestrator_domain.ports.slot_ledger import SlotLedger
from serving.servers import raw_client

NOBODY = 1  # a port that nobody listens on
BOTH_KINDS = pytest.mark.parametrize("cluster", [False, True], ids=["node", "cluster"])


def holder(campaign: str = "a", number: int = 1) -> Holder:
    return Holder(campaign_id=campaign, campaign_type="sms", run_number=number, since=datetime.now(UTC))


CALLS: dict[str, Callable[[SlotLedger], object]] = {
    "record": lambda ledger: ledger.record("sms", holder()),
    "release": lambda ledger: ledger.release("sms", "a", 1),
    "usage": lambda ledger: ledger.usage(["sms", "voice"]),
    "rebuild": lambda ledger: ledger.rebuild("sms", [holder()], as_of=datetime.now(UTC)),
}
EVERY_CALL = pytest.mark.parametrize("call", CALLS)


def cause_of_call(ledger: SlotLedger, call: str = "record") -> str:
    with pytest.raises(LedgerUnavailable) as away:
        CALLS[call](ledger)
    assert away.value.__cause__ is None  # the driver's words stay inside
    return away.value.cause


@pytest.fixture
def over(node: RedisSettings) -> Iterator[Callable[..., RedisSlotLedger]]:
    """Makes ledgers whose settings differ from the node's."""
    made: list[RedisSlotLedger] = []

    def make(**changes: Any) -> RedisSlotLedger:
        made.append(RedisSlotLedger(evolve(node, **changes)))
        return made[-1]

    yield make
    for ledger in made:
        ledger.close()


@pytest.fixture
def proxy(node: RedisSettings) -> Iterator[TcpProxy]:
    with TcpProxy(node.host, node.port) as made:
        yield made


def test_the_time_of_one_call_is_the_ledger_s_budget() -> None:
    assert RedisSettings(host="x", port=1).timeout_seconds == budgets.LEDGER_SECONDS


def test_a_password_is_not_shown() -> None:
    assert "secret" not in repr(RedisSettings(host="x", port=1, password="secret"))


@BOTH_KINDS
@EVERY_CALL
def test_a_server_that_accepts_and_never_answers(call: str, cluster: bool) -> None:
    with SilentServer() as silent:
        settings = RedisSettings(host="127.0.0.1", port=silent.port, password="x", cluster=cluster)
        ledger = RedisSlotLedger(settings)
        assert cause_of_call(ledger, call) in {"no_answer", "cluster_down"}
        ledger.close()
        assert silent.received.count(b"AUTH") == 1


@BOTH_KINDS
def test_an_answer_that_never_ends_is_not_waited_for(cluster: bool) -> None:
    """Each byte comes in time: without a bound on the whole, this test would not end."""
    with TricklingServer(beginning=b"$900000000\r\n", rest=b"x") as trickling:
        ledger = RedisSlotLedger(RedisSettings(host="127.0.0.1", port=trickling.port, cluster=cluster))
        assert cause_of_call(ledger) == "no_answer"
        ledger.close()


@BOTH_KINDS
def test_a_name_that_is_looked_up_for_ever_is_not_waited_for(
    monkeypatch: pytest.MonkeyPatch, cluster: bool
) -> None:
    answered = threading.Event()

    def never(*_: object, **__: object) -> list[Any]:
        answered.wait(60)
        raise socket.gaierror("no such host")

    monkeypatch.setattr(socket, "getaddrinfo", never)
    ledger = RedisSlotLedger(RedisSettings(host="redis.invalid", port=6379, cluster=cluster))
    try:
        for _ in range(2):  # the first one, left behind, holds nobody up
            assert cause_of_call(ledger) == "no_answer"
        ledger.close()
    finally:
        answered.set()


@BOTH_KINDS
@EVERY_CALL
def test_nobody_listens(call: str, cluster: bool) -> None:
    ledger = RedisSlotLedger(RedisSettings(host="127.0.0.1", port=NOBODY, cluster=cluster, timeout_seconds=5.0))
    assert cause_of_call(ledger, call) in {"connection", "cluster_down"}


def test_a_wrong_password(over: Callable[..., RedisSlotLedger]) -> None:
    assert cause_of_call(over(password="wrong")) == "authentication"
    assert cause_of_call(over(password=None)) == "authentication"


@pytest.mark.parametrize("greeting", [b"HTTP/1.1 400 Bad Request\r\n\r\n", b"*-7\r\n", b":x\r\n", b"%\xff\r\n"])
def test_a_server_of_another_kind(greeting: bytes) -> None:
    with TricklingServer(beginning=greeting, rest=greeting) as stranger:
        settings = RedisSettings(host="127.0.0.1", port=stranger.port, timeout_seconds=5.0)
        ledger = RedisSlotLedger(settings)
        assert cause_of_call(ledger) in {"connection", "no_redis", "unexpected_error"}
        ledger.close()


@pytest.mark.parametrize("answers", [b"+OK\r\n+OK\r\n", b"$-1\r\n$-1\r\n", b"*0\r\n*0\r\n", b":1\r\n+x\r\n"])
@EVERY_CALL
def test_answers_that_are_none_of_ours(call: str, answers: bytes) -> None:
    """Whatever is made of them, nothing but LedgerUnavailable comes out."""
    with TricklingServer(beginning=answers, rest=answers) as stranger:
        ledger = RedisSlotLedger(RedisSettings(host="127.0.0.1", port=stranger.port, timeout_seconds=5.0))
        with suppress(LedgerUnavailable):
            CALLS[call](ledger)
        ledger.close()


def test_an_answer_too_many_is_not_read_as_the_next_one() -> None:
    with TricklingServer(beginning=3 * b"*0\r\n", rest=b"*0\r\n") as stranger:
        ledger = RedisSlotLedger(RedisSettings(host="127.0.0.1", port=stranger.port, timeout_seconds=5.0))
        assert cause_of_call(ledger, "usage") == "no_redis"
        ledger.close()


def test_connections_may_be_lost_as_often_as_they_like(node: RedisSettings, proxy: TcpProxy) -> None:
    server = redis_server(evolve(node, port=proxy.port))
    for _ in range(300):
        with suppress(OSError):  # it may be cut before it is seen to be
            server.ask([("PING",)], time.monotonic() + 5.0)
        proxy.cut()
    assert proxy.connections > 102
    server.close()


def test_half_an_answer_is_not_read_as_the_next_one(
    over: Callable[..., RedisSlotLedger], proxy: TcpProxy, raw_node: Any
) -> None:
    ledger = over(port=proxy.port, timeout_seconds=0.3)
    ledger.record("sms", holder("first"))
    proxy.delay_seconds = 0.6
    assert cause_of_call(ledger, "usage") == "no_answer"
    proxy.delay_seconds = 0.0
    assert ledger.record("sms", holder("second")) == 2
    assert ledger.usage(["sms"]) == {"sms": {"first", "second"}}
    assert proxy.connections == 2


def test_after_a_hang_and_a_cut_the_next_call_connects_afresh(
    over: Callable[..., RedisSlotLedger], proxy: TcpProxy
) -> None:
    ledger = over(port=proxy.port, timeout_seconds=1.0)
    ledger.record("sms", holder())
    proxy.hangs.set()
    assert cause_of_call(ledger) == "no_answer"
    proxy.hangs.clear()
    proxy.cut()
    assert ledger.record("sms", holder("b")) == 2


def test_a_connection_that_was_cut_while_nobody_used_it_is_replaced(
    over: Callable[..., RedisSlotLedger], proxy: TcpProxy
) -> None:
    """F32: a fail-over, or a sandbox that was frozen."""
    ledger = over(port=proxy.port)
    ledger.record("sms", holder())
    proxy.cut()
    assert ledger.record("sms", holder("b")) == 2


def test_a_server_without_memory(over: Callable[..., RedisSlotLedger], raw_node: Any, proxy: TcpProxy) -> None:
    ledger = over(port=proxy.port)
    raw_node.config_set("maxmemory", "1")
    try:
        for _ in range(2):
            assert cause_of_call(ledger) == "out_of_memory"
    finally:
        raw_node.config_set("maxmemory", "0")
    assert ledger.record("sms", holder()) == 1
    assert proxy.connections == 1  # it has answered: there is nothing wrong with the connection


def test_a_server_that_has_become_a_replica(
    over: Callable[..., RedisSlotLedger], raw_node: Any, proxy: TcpProxy
) -> None:
    ledger = over(port=proxy.port)
    ledger.record("sms", holder())
    raw_node.execute_command("REPLICAOF", "127.0.0.1", NOBODY)
    try:
        assert cause_of_call(ledger) == "read_only"
    finally:
        raw_node.execute_command("REPLICAOF", "NO", "ONE")
    assert ledger.record("sms", holder()) == 1
    assert proxy.connections == 2  # the name may stand for the new primary by now


def test_a_user_without_rights(over: Callable[..., RedisSlotLedger], raw_node: Any) -> None:
    raw_node.execute_command("ACL", "SETUSER", "reader", "on", ">reader", "~*", "+get", "+auth")
    try:
        assert cause_of_call(over(username="reader", password="reader")) == "no_permission"
    finally:
        raw_node.execute_command("ACL", "DELUSER", "reader")


def test_a_cluster_that_is_taken_for_a_node(cluster_settings: RedisSettings) -> None:
    ledger = RedisSlotLedger(evolve(cluster_settings, cluster=False, timeout_seconds=5.0))
    causes = set()
    for pool in ("sms", "voice", "p1", "p2", "p3", "p4"):
        try:
            ledger.record(pool, holder())
        except LedgerUnavailable as away:
            causes.add(away.cause)
    assert causes == {"cluster_moved"}
    ledger.close()


def test_a_node_that_is_taken_for_a_cluster(over: Callable[..., RedisSlotLedger]) -> None:
    assert cause_of_call(over(cluster=True)) == "cluster_down"


def test_a_cluster_without_all_of_its_slots(cluster_settings: RedisSettings) -> None:
    """Its node that holds the pool is asked to forget the slot, and gets it back."""
    from redis.crc import key_slot

    slot = key_slot(b"campaign:type:sms:active")
    raw = raw_client(cluster_settings)
    owner = raw.get_node_from_key("campaign:type:sms:active")
    ledger = RedisSlotLedger(evolve(cluster_settings, timeout_seconds=5.0))
    ledger.record("sms", holder())
    raw.execute_command("CLUSTER", "DELSLOTS", slot, target_nodes=owner)
    try:
        assert cause_of_call(ledger) == "cluster_down"
    finally:
        raw.execute_command("CLUSTER", "ADDSLOTS", slot, target_nodes=owner)
    give_up = threading.Event()
    for _ in range(100):
        if "cluster_state:ok" in str(raw.execute_command("CLUSTER INFO", target_nodes=owner)):
            break
        give_up.wait(0.1)
    assert ledger.record("sms", holder("b")) >= 1
    ledger.close()
    raw.close()


def test_threads_share_a_ledger(over: Callable[..., RedisSlotLedger]) -> None:
    ledger = over()
    together = threading.Barrier(16)

    def record(number: int) -> None:
        together.wait(10)
        ledger.record("sms", holder(f"c{number}"))

    threads = [threading.Thread(target=record, args=(number,)) for number in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert len(ledger.usage(["sms"])["sms"]) == 16


def test_a_closed_ledger_opens_again(over: Callable[..., RedisSlotLedger]) -> None:
    ledger = over()
    ledger.close()
    ledger.record("sms", holder())
    ledger.close()
    ledger.close()
    assert ledger.usage(["sms"]) == {"sms": {"a"}}
