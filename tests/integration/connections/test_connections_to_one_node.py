"""How the ledger connects to one node: every address, and every stage within the time of a call."""

import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from typing import Any

import pytest
from attrs import evolve

from network.accepting_server import AcceptingServer
from network.certificates import Certificates
from network.proxy import TcpProxy
from network.silent_server import SilentServer
from network.tls_proxy import TlsProxy
from network.trickling_server import TricklingServer
from orchestrator_adapters.redis.node_client import NodeClient
from orchestrator_adapters.redis.server_refusal import NotRedis, ServerRefusal
from orchestrator_adapters.redis.settings import RedisSettings
from orchestrator_adapters.redis.slot_ledger import RedisSlotLedger
from orchestrator_domain.errors import LedgerUnavailable
from orchestrator_domain.pools import Holder

HOLDER = Holder(campaign_id="a", campaign_type="sms", run_number=1, since=datetime(2026, 11, 1, tzinfo=UTC))
ENOUGH_SECONDS = 10.0
BUDGET_SECONDS = 0.3
NOBODY = 1  # a port that nobody listens on


class OneAnswer(AcceptingServer):
    """Answers each connection's first question with ``answer``, and ends it."""

    def __init__(self, answer: bytes) -> None:
        self._answer = answer
        super().__init__()

    def serve(self, connection: socket.socket) -> None:
        connection.recv(65_536)
        connection.sendall(self._answer)


class Flood(AcceptingServer):
    """Answers with one text of a gigabyte, without a pause."""

    def serve(self, connection: socket.socket) -> None:
        connection.recv(65_536)
        connection.sendall(b"$1000000000\r\n")
        while not self.closed.is_set():
            connection.sendall(b"x" * 1_024)


@pytest.fixture
def node(redis_settings: RedisSettings) -> RedisSettings:
    """With time enough for a busy machine."""
    return evolve(redis_settings, timeout_seconds=ENOUGH_SECONDS)


@pytest.fixture
def opened() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


def by_addresses(monkeypatch: pytest.MonkeyPatch, *ports: int) -> None:
    """Every name stands for these ports of the loopback interface, in this order."""
    found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port)) for port in ports]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: found)


def cause_of(settings: RedisSettings) -> str:
    ledger = RedisSlotLedger(settings)
    with pytest.raises(LedgerUnavailable) as away:
        ledger.record("sms", HOLDER)
    ledger.close()
    return away.value.cause


def asked(settings: RedisSettings, *commands: tuple[str | int, ...]) -> list[Any]:
    client = NodeClient(settings)
    try:
        return client.ask(commands, time.monotonic() + ENOUGH_SECONDS)
    finally:
        client.close()


def test_an_address_where_nobody_listens_is_passed_over(
    node: RedisSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    by_addresses(monkeypatch, NOBODY, node.port)
    ledger = RedisSlotLedger(evolve(node, host="several.invalid"))
    assert ledger.record("sms", HOLDER) == 1
    ledger.close()


def test_an_address_that_does_not_answer_leaves_time_for_the_others(
    node: RedisSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.socket() as full, ExitStack() as waiting:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        for _ in range(4):  # who connects after them waits for an answer
            one = waiting.enter_context(socket.socket())
            one.setblocking(False)
            one.connect_ex(full.getsockname())
        by_addresses(monkeypatch, full.getsockname()[1], node.port)
        ledger = RedisSlotLedger(evolve(node, host="several.invalid", timeout_seconds=2.0))
        assert ledger.record("sms", HOLDER) == 1
        ledger.close()


@pytest.mark.parametrize("beginning", [b"\x16\x03\x03\x40\x00", b"\x16"], ids=["of a record", "of nothing yet"])
def test_a_handshake_that_comes_byte_by_byte_is_not_waited_for(
    opened: ExitStack, certificates: Certificates, beginning: bytes
) -> None:
    trickling = opened.enter_context(TricklingServer(beginning=beginning, rest=b"\x02"))
    settings = RedisSettings(host="127.0.0.1", port=trickling.port, tls=True, sslrootcert=str(certificates.roots))
    settings = evolve(settings, timeout_seconds=BUDGET_SECONDS)
    assert cause_of(settings) in {"no_answer", "tls", "tls_not_offered"}


def test_a_handshake_that_nobody_answers_ends_and_its_socket_with_it(
    opened: ExitStack, certificates: Certificates
) -> None:
    silent = opened.enter_context(SilentServer())
    settings = RedisSettings(host="127.0.0.1", port=silent.port, tls=True, sslrootcert=str(certificates.roots))
    assert cause_of(evolve(settings, timeout_seconds=BUDGET_SECONDS)) == "no_answer"
    for serving in silent._threads[1:]:
        serving.join(ENOUGH_SECONDS)
        assert not serving.is_alive()


@pytest.mark.parametrize("count", [500, 5_000])
def test_large_questions_and_answers_go_over_tls(
    opened: ExitStack, node: RedisSettings, certificates: Certificates, count: int
) -> None:
    """Most of a record of TLS; and more than one, than is read, and than a socket takes at once."""
    proxy = opened.enter_context(TlsProxy(certificates.right(), (node.host, node.port)))
    secured = evolve(node, port=proxy.port, tls=True, sslrootcert=str(certificates.roots))
    for settings in (node, secured):
        ledger = RedisSlotLedger(settings)
        holders = [evolve(HOLDER, campaign_id=f"campaign-{number}") for number in range(count)]
        ledger.rebuild("sms", holders, as_of=datetime.now(UTC))
        assert len(ledger.usage(["sms"])["sms"]) == count
        ledger.close()
    assert proxy.handshakes == 1


@pytest.mark.parametrize(
    ("answer", "cause"),
    [
        (b"-ERR max number of clients reached\r\n", "connection"),
        (b"-LOADING Valkey is loading the dataset in memory\r\n", "loading"),
        (b"-MASTERDOWN Link with MASTER is down\r\n", "cluster_down"),
        (b"-WRONGPASS secret\r\n", "authentication"),
        (b"+SOMETHING\r\n", "authentication"),
        (b"$5\r\nhal", "connection"),
        (b"", "connection"),
        (b"?\r\n", "no_redis"),
        (b"+OK\r\n+OK\r\n", "no_redis"),
    ],
    ids=lambda one: repr(one),
)
def test_whatever_the_password_is_answered_with_has_a_word(opened: ExitStack, answer: bytes, cause: str) -> None:
    server = opened.enter_context(OneAnswer(answer))
    settings = RedisSettings(host="127.0.0.1", port=server.port, password="x", timeout_seconds=ENOUGH_SECONDS)
    assert cause_of(settings) == cause


def test_refusals_are_among_the_answers_and_the_connection_goes_on(node: RedisSettings) -> None:
    first, second, third = asked(node, ("FLUSHALL",), ("EVAL", "return {1}", 0), ("EVALSHA", "0" * 40, 0))
    assert isinstance(first, ServerRefusal)
    assert (first.code, second, third.code) == ("NOPERM", [1], "NOSCRIPT")


def test_an_answer_that_comes_without_a_pause_has_no_more_time(opened: ExitStack) -> None:
    flood = opened.enter_context(Flood())
    settings = RedisSettings(host="127.0.0.1", port=flood.port, timeout_seconds=BUDGET_SECONDS)
    assert cause_of(settings) == "no_answer"


def test_without_a_password_none_is_sent(opened: ExitStack) -> None:
    server = opened.enter_context(OneAnswer(b":7\r\n"))
    settings = RedisSettings(host="127.0.0.1", port=server.port)
    assert asked(settings, ("PING",)) == [7]


def test_more_answers_than_questions_are_nobody_s(opened: ExitStack) -> None:
    server = opened.enter_context(OneAnswer(b":7\r\n:8\r\n"))
    with pytest.raises(NotRedis):
        asked(RedisSettings(host="127.0.0.1", port=server.port), ("PING",))


def test_what_comes_while_nobody_asks_is_not_read_as_an_answer(node: RedisSettings) -> None:
    with TcpProxy(node.host, node.port) as proxy:
        client = NodeClient(evolve(node, port=proxy.port))
        assert client.ask([("EVAL", "return 1", 0)], time.monotonic() + ENOUGH_SECONDS) == [1]
        to_client = proxy._sockets[0]
        to_client.sendall(b":666\r\n")
        assert client.ask([("EVAL", "return 2", 0)], time.monotonic() + ENOUGH_SECONDS) == [2]
        assert proxy.connections == 2
        client.close()
