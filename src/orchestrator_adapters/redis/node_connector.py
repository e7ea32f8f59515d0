"""Connects to one node: name, address, TLS, password."""

import socket
from typing import TYPE_CHECKING

from attrs import define, field

from orchestrator_adapters.redis.node_connection import NodeConnection, seconds_left
from orchestrator_adapters.redis.server_refusal import ServerRefusal
from orchestrator_adapters.redis.settings import RedisSettings

if TYPE_CHECKING:
    import ssl


@define
class NodeConnector:
    """Makes connections that are ready to be asked. All but the look-up of the name ends in time by itself."""

    settings: RedisSettings
    _context: "ssl.SSLContext | None" = field(default=None, init=False)

    def connect(self, answer_by: float) -> NodeConnection:
        """A connection; OSError, ServerRefusal, NotRedis or CredentialsUnavailable when there is none."""
        connection = self._opened(answer_by)
        try:
            self._authenticate(connection, answer_by)
        except BaseException:
            connection.close()
            raise
        return connection

    def _opened(self, answer_by: float) -> NodeConnection:
        wire = _connected(self.settings.host, self.settings.port, answer_by)
        try:
            if not self.settings.tls:
                wire.setblocking(False)
                return NodeConnection(wire)
            import ssl  # here, because a connection without TLS does not pay for it

            wire.settimeout(seconds_left(answer_by))  # it bounds the handshake as a whole
            secured = self._tls().wrap_socket(wire, server_hostname=self.settings.host)
            secured.setblocking(False)
            return NodeConnection(secured, (ssl.SSLWantReadError, ssl.SSLWantWriteError))
        except BaseException:
            wire.close()
            raise

    def _tls(self) -> "ssl.SSLContext":
        """Certificate and host name are checked: never taken on trust (F39)."""
        if self._context is None:
            import ssl

            self._context = ssl.create_default_context(cafile=self.settings.sslrootcert)
        return self._context

    def _authenticate(self, connection: NodeConnection, answer_by: float) -> None:
        username, password = self._credentials()
        if not (username or password):
            return
        user = (username,) if username else ()
        answer = connection.ask([("AUTH", *user, password or "")], answer_by)[0]
        if isinstance(answer, ServerRefusal):
            raise answer
        if answer != "OK":
            raise ServerRefusal("NOAUTH")

    def _credentials(self) -> tuple[str | None, str | None]:
        if self.settings.credentials is None:
            return self.settings.username, self.settings.password
        credentials = self.settings.credentials.get()
        return credentials.username or self.settings.username, credentials.password


def _connected(host: str, port: int, answer_by: float) -> socket.socket:
    """A socket to the first of the host's addresses that answers; each has its share of the time that is left."""
    refusal = OSError("no address")
    addresses = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    for place, (family, kind, protocol, _, address) in enumerate(addresses):
        wire = socket.socket(family, kind, protocol)
        try:
            wire.settimeout(seconds_left(answer_by) / (len(addresses) - place))
            wire.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            wire.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
            wire.connect(address)
        except OSError as error:
            wire.close()
            refusal = error
        else:
            return wire
    raise refusal
