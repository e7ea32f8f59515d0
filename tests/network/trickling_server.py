"""A server whose answers never come to an end."""

import socket

from network.accepting_server import AcceptingServer

SECONDS_BETWEEN_BYTES = 0.02


class TricklingServer(AcceptingServer):
    """Once asked, it answers bit by bit, each in time, without end.

    Args:
        beginning: the first bytes of the answer; ``rest`` is then repeated.
    """

    def __init__(self, *, beginning: bytes, rest: bytes) -> None:
        self._beginning, self._rest = beginning, rest
        super().__init__()

    def serve(self, connection: socket.socket) -> None:
        connection.recv(65_536)
        connection.sendall(self._beginning)
        while not self.closed.wait(SECONDS_BETWEEN_BYTES):
            connection.sendall(self._rest)
