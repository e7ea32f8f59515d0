"""A small TCP proxy that counts round trips, cuts, and hangs."""

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
        hangs: while set, what comes from the target is swallowed, and nobody is told.
    """

    def __init__(self, host: str, port: int) -> None:
        self._target = (host, port)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._sockets: list[socket.socket] = []
        self._lock = threading.Lock()
        self.port: int = self._listener.getsockname()[1]
        self.round_trips = 0
        self.hangs = threading.Event()
        self.refuses = threading.Event()
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
            if self.refuses.is_set():
                client.close()
                continue
            server = socket.create_connection(self._target)
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
                sink.sendall(data)
        for one in (source, sink):
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()
