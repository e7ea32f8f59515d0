"""A server that accepts connections and never answers."""

import socket

from network.accepting_server import AcceptingServer


class SilentServer(AcceptingServer):
    """Reads, and says nothing.

    Attributes:
        received: the bytes that came, over all connections.
    """

    def __init__(self) -> None:
        self.received = b""
        super().__init__()

    def serve(self, connection: socket.socket) -> None:
        while data := connection.recv(65_536):
            self.received += data
