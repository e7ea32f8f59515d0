"""Real TLS before servers that are built without it."""

import select
import socket
import ssl
import struct

from network.accepting_server import AcceptingServer

BUFFER_BYTES = 65_536
HANDSHAKE_SECONDS = 5.0
TLS_HANDSHAKE = b"\x16"
SSL_REQUEST = struct.pack("!ii", 8, 80_877_103)
"""What a client sends that wants TLS: https://www.postgresql.org/docs/current/protocol-message-formats.html"""


class TlsProxy(AcceptingServer):
    """Ends TLS, and forwards what was in it to ``target``. What is not TLS is turned away.

    Args:
        context: the certificate that is shown.
        target: host and port of a server that speaks no TLS.

    Attributes:
        handshakes: how many have succeeded.
        asked_in_plain: how many connections began otherwise than those that want TLS.
    """

    def __init__(self, context: ssl.SSLContext, target: tuple[str, int]) -> None:
        self._context, self._target = context, target
        self.handshakes = 0
        self.asked_in_plain = 0
        super().__init__()

    def greet(self, connection: socket.socket) -> bool:
        """What comes before the handshake; whether TLS is wanted."""
        return connection.recv(1, socket.MSG_PEEK) == TLS_HANDSHAKE

    def serve(self, connection: socket.socket) -> None:
        connection.settimeout(HANDSHAKE_SECONDS)
        if not connection.recv(1, socket.MSG_PEEK):
            return
        if not self.greet(connection):
            self.asked_in_plain += 1
            return
        secured = self._context.wrap_socket(connection, server_side=True)
        self.handshakes += 1
        with secured, socket.create_connection(self._target) as server:
            self._connections += [secured, server]
            for one in (secured, server):
                one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            _forward(secured, server)


class PostgresTlsProxy(TlsProxy):
    """Asks for TLS to be asked for, as PostgreSQL does."""

    def greet(self, connection: socket.socket) -> bool:
        if connection.recv(len(SSL_REQUEST), socket.MSG_WAITALL) != SSL_REQUEST:
            return False
        connection.sendall(b"S")
        return True


def _forward(secured: ssl.SSLSocket, server: socket.socket) -> None:
    """Both ways in one thread: one TLS connection is not read and written at the same time."""
    while True:
        ready = [secured] if secured.pending() else select.select([secured, server], [], [])[0]
        for source in ready:
            data = source.recv(BUFFER_BYTES)
            if not data:
                return
            (server if source is secured else secured).sendall(data)
