"""A server that does not speak TLS, and keeps what it was sent nevertheless."""

import socket

from network.accepting_server import AcceptingServer


class PlaintextServer(AcceptingServer):
    """Answers whatever comes first with ``answer``, and reads on.

    Attributes:
        received: the bytes of each connection.
    """

    def __init__(self, answer: bytes) -> None:
        self._answer = answer
        self.received: list[bytes] = []
        super().__init__()

    def serve(self, connection: socket.socket) -> None:
        place = len(self.received)
        self.received.append(connection.recv(65_536))
        connection.sendall(self._answer)
        while data := connection.recv(65_536):
            self.received[place] += data
