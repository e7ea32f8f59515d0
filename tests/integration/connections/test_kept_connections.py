"""A connection to Redis that is kept from call to call: it may be lost, grow old, and be inherited."""

import os
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress

import pytest
from attrs import evolve

from network.accepting_server import AcceptingServer
from network.proxy import TcpProxy
from orchestrator_adapters.redis import node_client
from orchestrator_adapters.redis.node_client import MOST_IDLE_SECONDS, NodeClient
from orchestrator_adapters.redis.settings import RedisSettings

ENOUGH_SECONDS = 10.0
RESET_AT_CLOSE = struct.pack("ii", 1, 0)
ONE_ANSWER = b":7\r\n"


class Forgetful(AcceptingServer):
    """Answers ``answers`` questions of each connection, and then whatever comes with a reset."""

    def __init__(self, answers: int) -> None:
        self._answers = answers
        self.asked: list[int] = []
        super().__init__()

    def serve(self, connection: socket.socket) -> None:
        place = len(self.asked)
        self.asked.append(0)
        while connection.recv(65_536):
            self.asked[place] += 1
            if self.asked[place] > self._answers:
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET_AT_CLOSE)
                return
            connection.sendall(ONE_ANSWER)


@pytest.fixture
def client_of() -> Iterator[Callable[[RedisSettings], NodeClient]]:
    made: list[NodeClient] = []

    def make(settings: RedisSettings) -> NodeClient:
        made.append(NodeClient(settings))
        return made[-1]

    yield make
    for client in made:
        client.close()


ClientOf = Callable[[RedisSettings], NodeClient]


def asked(client: NodeClient, number: int = 7, seconds: float = ENOUGH_SECONDS) -> object:
    return client.ask([("EVAL", f"return {number}", 0)], time.monotonic() + seconds)[0]


def test_one_that_the_network_has_forgotten_is_replaced_within_the_call(client_of: ClientOf) -> None:
    with Forgetful(answers=1) as server:
        client = client_of(RedisSettings(host="127.0.0.1", port=server.port))
        assert [asked(client), asked(client)] == [7, 7]
        assert server.asked == [2, 1]


def test_a_new_one_that_is_lost_is_not_tried_again(client_of: ClientOf) -> None:
    with Forgetful(answers=0) as server:
        client = client_of(RedisSettings(host="127.0.0.1", port=server.port))
        with pytest.raises(ConnectionError):
            asked(client)
        assert server.asked == [1]


def test_one_that_does_not_answer_has_used_the_time_up(client_of: ClientOf, redis_settings: RedisSettings) -> None:
    with TcpProxy(redis_settings.host, redis_settings.port) as proxy:
        client = client_of(evolve(redis_settings, port=proxy.port))
        asked(client)
        proxy.hangs.set()
        with pytest.raises(TimeoutError):
            asked(client, seconds=0.3)
        assert proxy.connections == 1


class Clock:
    """The module ``time``, some seconds later."""

    monotonic = staticmethod(time.monotonic)

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds

    def time(self) -> float:
        return time.time() + self._seconds


@pytest.mark.parametrize(("seconds", "connections"), [(MOST_IDLE_SECONDS - 60, 1), (MOST_IDLE_SECONDS + 1, 2)])
def test_one_that_was_idle_for_long_is_not_used_again(
    client_of: ClientOf,
    redis_settings: RedisSettings,
    monkeypatch: pytest.MonkeyPatch,
    seconds: float,
    connections: int,
) -> None:
    with TcpProxy(redis_settings.host, redis_settings.port) as proxy:
        client = client_of(evolve(redis_settings, port=proxy.port))
        asked(client)
        monkeypatch.setattr(node_client, "time", Clock(seconds))
        assert asked(client) == 7
        assert proxy.connections == connections


def test_after_a_fork_the_child_has_connections_of_its_own(
    client_of: ClientOf, redis_settings: RedisSettings
) -> None:
    with TcpProxy(redis_settings.host, redis_settings.port) as proxy:
        client = client_of(evolve(redis_settings, port=proxy.port))
        asked(client)
        parents = [connection._wire.fileno() for connection, _ in client._idle]
        child = os.fork()
        if child == 0:  # nothing of the test may go on here
            failed = 1
            with suppress(BaseException):
                answers = [asked(client, number) for number in (1, 2)]
                failed = int(answers != [1, 2] or len(client._idle) != 1)
            os._exit(failed)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
        assert proxy.connections == 2
        assert asked(client, 3) == 3
        assert [connection._wire.fileno() for connection, _ in client._idle] == parents
        assert proxy.connections == 2


def test_whoever_comes_first_after_a_fork_takes_none_of_the_parent_s(
    client_of: ClientOf, redis_settings: RedisSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    with TcpProxy(redis_settings.host, redis_settings.port) as proxy:
        client = client_of(evolve(redis_settings, port=proxy.port))
        asked(client)
        (parent, _), *_ = client._idle
        monkeypatch.setattr(os, "getpid", lambda: -1)
        answers: list[object] = []
        threads = [threading.Thread(target=lambda: answers.append(asked(client))) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(ENOUGH_SECONDS)
        assert answers == [7] * 4
        assert parent._wire.fileno() == -1  # closed
        assert proxy.connections > 1
