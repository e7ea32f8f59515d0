"""A server whose answers never come to an end."""

import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from types import TracebackType
from typing import Self

SECONDS_BETWEEN_BYTES = 0.02


class TricklingServer:
    """Accepts on a free loopback port; once asked, it answers bit by bit, each in time, without end.

    Args:
        beginning: the first bytes of the answer; ``rest`` is then repeated.
    """

    def __init__(self, *, beginning: bytes, rest: bytes) -> None:
        self._beginning, self._rest = beginning, rest
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=50)
        self._closed = threading.Event()
        self._connections: list[socket.socket] = []
        self._threads: list[threading.Thread] = []
        self.port: int = self._listener.getsockname()[1]
        self._start(self._accept)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._closed.set()
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for connection in self._connections:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(5)

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self._connections.append(connection)
            self._start(partial(self._answer, connection))

    def _answer(self, connection: socket.socket) -> None:
        with suppress(OSError), connection:
            connection.recv(65_536)
            connection.sendall(self._beginning)
            while not self._closed.wait(SECONDS_BETWEEN_BYTES):
                connection.sendall(self._rest)

    def _start(self, work: Callable[[], None]) -> None:
        thread = threading.Thread(target=work, daemon=True)
        self._threads.append(thread)
        thread.start()
