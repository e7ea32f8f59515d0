"""A small TCP proxy that counts round trips, cuts, hangs, delays, and refuses."""

import socket
import threading
from contextlib import suppress
from types import TracebackType
from typing import Self

BUFFER_BYTES = 65_536


class TcpProxy:
    """Forwards connections from a free loopback port to ``target``.

    Attributes:
        round_trips: how often an answer followed a request, over all connections.
        connections: how many were accepted.
        hangs: while set, what comes from the target is swallowed, and nobody is told.
        refuses: while set, a new connection is closed at once.
        delay_seconds: how long each answer is held back.
    """

    def __init__(self, host: str, port: int) -> None:
        self._target = (host, port)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._sockets: list[socket.socket] = []
        self._lock = threading.Lock()
        self.port: int = self._listener.getsockname()[1]
        self.round_trips = 0
        self.connections = 0
        self.delay_seconds = 0.0
        self.hangs = threading.Event()
        self.refuses = threading.Event()
        self._closed = threading.Event()
        self._thread = threading.Thread(target=self._accept, daemon=True)
        self._thread.start()

    def cut(self) -> None:
        """Cut every connection, as a fail-over does."""
        with self._lock:
            sockets, self._sockets = self._sockets, []
        for one in sockets:
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        self._closed.set()
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self.cut()
        self._thread.join(5)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            server = None
            if not self.refuses.is_set():
                with suppress(OSError):  # the target is away, and so are we
                    server = socket.create_connection(self._target)
            if server is None:
                client.close()
                continue
            for one in (client, server):
                one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            with self._lock:
                self._sockets += [client, server]
            asked = threading.Event()
            for source, sink, is_answer in ((client, server, False), (server, client, True)):
                arguments = (source, sink, asked, is_answer)
                threading.Thread(target=self._forward, args=arguments, daemon=True).start()

    def _forward(self, source: socket.socket, sink: socket.socket, asked: threading.Event, is_answer: bool) -> None:
        with suppress(OSError):
            while data := source.recv(BUFFER_BYTES):
                if is_answer and self.hangs.is_set():
                    continue
                if not is_answer:
                    asked.set()
                elif asked.is_set():
                    asked.clear()
                    with self._lock:
                        self.round_trips += 1
                if is_answer and self.delay_seconds:
                    self._closed.wait(self.delay_seconds)
                sink.sendall(data)
        while is_answer and self.hangs.is_set() and not self._closed.wait(0.02):
            pass  # nor is anybody told that the target has ended the connection
        for one in (source, sink):
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()
