"""The proxy does what tests of faults rely on."""

import socket
import threading
from collections.abc import Iterator
from contextlib import suppress

import pytest

from network.proxy import TcpProxy


class EchoServer:
    """Sends back what it is sent."""

    def __init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._echo, args=(connection,), daemon=True).start()

    def _echo(self, connection: socket.socket) -> None:
        with suppress(OSError), connection:
            while data := connection.recv(1024):
                connection.sendall(data)


@pytest.fixture
def echo() -> Iterator[EchoServer]:
    server = EchoServer()
    yield server
    server.close()


@pytest.fixture
def proxy(echo: EchoServer) -> Iterator[TcpProxy]:
    with TcpProxy("127.0.0.1", echo.port) as made:
        yield made


@pytest.fixture
def client(proxy: TcpProxy) -> Iterator[socket.socket]:
    with socket.create_connection(("127.0.0.1", proxy.port), timeout=5) as connection:
        yield connection


def ask(client: socket.socket, question: bytes = b"a question") -> bytes:
    client.sendall(question)
    answer = b""
    while len(answer) < len(question):
        part = client.recv(1024)
        if not part:
            break
        answer += part
    return answer


def test_each_question_with_its_answer_is_one_round_trip(proxy: TcpProxy, client: socket.socket) -> None:
    for number in range(1, 4):
        assert ask(client) == b"a question"
        assert proxy.round_trips == number


def test_one_question_with_an_answer_in_many_parts_is_one_round_trip(
    proxy: TcpProxy, client: socket.socket
) -> None:
    client.sendall(b"x" * 100)
    while proxy.round_trips == 0:
        client.recv(1)
    assert proxy.round_trips == 1


def test_a_hanging_network_says_nothing_and_goes_on_later(proxy: TcpProxy, client: socket.socket) -> None:
    proxy.hangs.set()
    client.settimeout(0.1)
    client.sendall(b"lost")
    with pytest.raises(TimeoutError):
        client.recv(1024)
    proxy.hangs.clear()
    client.settimeout(5)
    assert ask(client) == b"a question"


def test_a_delay_holds_each_answer_back(proxy: TcpProxy, client: socket.socket) -> None:
    proxy.delay_seconds = 0.3
    client.settimeout(0.05)
    client.sendall(b"a question")
    with pytest.raises(TimeoutError):
        client.recv(1024)
    client.settimeout(5)
    assert client.recv(1024) == b"a question"


def test_a_cut_ends_the_connections_and_takes_new_ones(proxy: TcpProxy, client: socket.socket) -> None:
    ask(client)
    proxy.cut()
    with suppress(ConnectionError):
        assert client.recv(1024) == b""
    with socket.create_connection(("127.0.0.1", proxy.port), timeout=5) as again:
        assert ask(again) == b"a question"
    assert proxy.connections == 2


@pytest.mark.parametrize("reason", ["it refuses", "the target is away"])
def test_nobody_is_served_while_refused_and_everybody_after(proxy: TcpProxy, echo: EchoServer, reason: str) -> None:
    if reason == "it refuses":
        proxy.refuses.set()
    else:
        echo.close()
    with socket.create_connection(("127.0.0.1", proxy.port), timeout=5) as turned_away, suppress(ConnectionError):
        assert ask(turned_away) == b""
    if reason == "it refuses":
        proxy.refuses.clear()
        with socket.create_connection(("127.0.0.1", proxy.port), timeout=5) as served:
            assert ask(served) == b"a question"
