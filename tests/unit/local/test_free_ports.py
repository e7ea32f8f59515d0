"""Ports for servers."""

import socket

import pytest

from campaign_orchestrator.local.free_ports import FIRST, LAST, free_port
from campaign_orchestrator.local.valkey_cluster import BUS_OFFSET

# https://www.kernel.org/doc/html/latest/networking/ip-sysctl.html: the default of ip_local_port_range
FIRST_OF_OUTGOING_CONNECTIONS = 32_768


def choose(monkeypatch: pytest.MonkeyPatch, *ports: int) -> None:
    """The ports that chance will name."""
    chosen = iter(ports)
    monkeypatch.setattr("secrets.randbelow", lambda _: next(chosen) - FIRST)


def test_a_free_port_can_be_taken() -> None:
    with socket.socket() as server:
        server.bind(("127.0.0.1", free_port()))


def test_no_outgoing_connection_can_take_it_first() -> None:
    assert LAST + BUS_OFFSET < FIRST_OF_OUTGOING_CONNECTIONS
    assert all(FIRST <= free_port() <= LAST for _ in range(50))


def test_a_port_that_is_in_use_is_passed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    used, free = free_port(), free_port()
    choose(monkeypatch, used, free)
    with socket.socket() as server:
        server.bind(("127.0.0.1", used))
        assert free_port() == free


def test_a_port_whose_companion_is_in_use_is_passed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    half_used, free = free_port(and_above=BUS_OFFSET), free_port(and_above=BUS_OFFSET)
    choose(monkeypatch, half_used, free)
    with socket.socket() as server:
        server.bind(("127.0.0.1", half_used + BUS_OFFSET))
        assert free_port(and_above=BUS_OFFSET) == free
