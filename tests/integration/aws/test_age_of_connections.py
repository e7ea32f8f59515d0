"""Connections that are kept: how long, and how long a server may take."""

import socket
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from scripted_service import ScriptedService, ok

from orchestrator_adapters.aws.clients import IDLE_SECONDS
from orchestrator_adapters.aws.kept_connections import KeptConnections, ServerAddress
from orchestrator_adapters.aws.never_sent import ConnectTimedOut

REQUEST = b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\n{}"
CONNECT_SECONDS, DEAD_ADDRESSES = 0.4, 5


@pytest.fixture
def full() -> Iterator[tuple[str, int]]:
    """An address at which nobody takes a connection: its queue is full."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        waiting = [socket.socket() for _ in range(4)]
        for one in waiting:
            one.setblocking(False)
            one.connect_ex(listener.getsockname())
        yield listener.getsockname()
        for one in waiting:
            one.close()


def connections_to(port: int, **more: Any) -> KeptConnections:
    address = ServerAddress(host="127.0.0.1", port=port, is_tls=False)
    return KeptConnections(address=address, read_seconds=3.0, **{"connect_seconds": 1.0, **more})


def test_each_connection_is_used_again_within_its_own_time_only() -> None:
    """Where several were kept, the one on top is used by all who come alone, and the others are not."""
    now, together = [1_000.0], [threading.Barrier(2)]

    def meeting(*_: object) -> Any:
        together[0].wait(10)
        return ok()

    service = ScriptedService(meeting)
    kept = connections_to(service.server_port, seconds=lambda: now[0])
    with ThreadPoolExecutor(2) as callers:
        assert len(list(callers.map(kept.ask, [REQUEST, REQUEST]))) == service.connections == 2
        together[0] = threading.Barrier(1)
        now[0] += IDLE_SECONDS
        kept.ask(REQUEST)
        assert service.connections == 2
        together[0] = threading.Barrier(2)
        now[0] += 1
        assert len(list(callers.map(kept.ask, [REQUEST, REQUEST]))) == 2
    assert service.connections == 3
    kept.close()
    service.close()


def names_of(monkeypatch: pytest.MonkeyPatch, *addresses: tuple[str, int]) -> None:
    """Whatever name is asked for has these addresses."""
    found = [(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP, "", one) for one in addresses]
    monkeypatch.setattr("socket.getaddrinfo", lambda *_, **__: found)


def test_the_time_to_connect_is_for_all_addresses_together(
    full: tuple[str, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    names_of(monkeypatch, *[full] * DEAD_ADDRESSES)
    began = time.monotonic()
    with pytest.raises(ConnectTimedOut):
        connections_to(1, connect_seconds=CONNECT_SECONDS).ask(REQUEST)
    assert time.monotonic() - began < CONNECT_SECONDS * (DEAD_ADDRESSES - 1)


def test_an_address_behind_dead_ones_is_reached(full: tuple[str, int], monkeypatch: pytest.MonkeyPatch) -> None:
    service = ScriptedService(lambda *_: ok())
    names_of(monkeypatch, full, full, ("127.0.0.1", service.server_port))
    assert connections_to(1, connect_seconds=CONNECT_SECONDS).ask(REQUEST).status == 200
    service.close()
