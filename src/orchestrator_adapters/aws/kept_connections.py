"""Connections to one server that are kept and used again, one for each request that is under way."""

import math
import select
import socket
import time
from collections.abc import Callable
from typing import Final
from weakref import finalize

from attrs import define, field, frozen

from orchestrator_adapters.aws.clients import IDLE_SECONDS
from orchestrator_adapters.aws.http_answer import HttpAnswer, read_answer
from orchestrator_adapters.aws.never_sent import ConnectionNotMade, ConnectTimedOut, HandshakeFailed

MOST_KEPT: Final = 4
PIECE: Final = 65_536
SHORTEST_SECONDS: Final = 0.001
"""Waited at least: none at all would mean not to wait, which is another thing."""


@frozen(kw_only=True)
class ServerAddress:
    """Where a server is, and whether it speaks TLS.

    ``authorities``: the path of a list of those who may have signed its certificate, in place of the usual one.
    """

    host: str
    port: int
    is_tls: bool
    authorities: str | None = None

    @property
    def name(self) -> str:
        """As the header ``Host`` has it."""
        return self.host if self.port == (443 if self.is_tls else 80) else f"{self.host}:{self.port}"


@define(eq=False, repr=False)
class _Connection:
    socket: socket.socket
    used_at: float = field(default=0.0, init=False)
    _readable: select.poll = field(init=False, factory=select.poll)

    def __attrs_post_init__(self) -> None:
        self._readable.register(self.socket, select.POLLIN)

    def is_usable(self) -> bool:
        """Whether nothing has come unasked: the end of the connection, mostly. A request on it would be lost."""
        return not self._readable.poll(0)

    def exchange(self, request: bytes, seconds: float) -> HttpAnswer:
        """Send the request once, and read its answer to the end, all of it within ``seconds``."""
        connected, answer_by = self.socket, time.monotonic() + seconds
        connected.settimeout(seconds)
        connected.sendall(request)

        def receive() -> bytes:
            connected.settimeout(_left_until(answer_by))
            return connected.recv(PIECE)

        return read_answer(receive)

    def close(self) -> None:
        self.socket.close()


@define(kw_only=True, eq=False, repr=False)
class KeptConnections:
    """Sends each request once. What is kept is closed when nobody has it any more.

    Attributes:
        connect_seconds: for TCP and TLS, over all addresses of the server.
        read_seconds: for the request and its whole answer.
        seconds: the time of day in seconds. Not a monotonic clock: that may stand while a function is frozen.
    """

    address: ServerAddress
    connect_seconds: float
    read_seconds: float
    seconds: Callable[[], float] = time.time
    _idle: list[_Connection] = field(factory=list, init=False)

    def __attrs_post_init__(self) -> None:
        finalize(self, _close_all, self._idle)

    def ask(self, request: bytes, *, within: float = math.inf) -> HttpAnswer:
        """The answer to a request, which takes ``within`` seconds at most with what comes before it.

        Raises:
            ConnectionNotMade, ConnectTimedOut, HandshakeFailed: nothing was sent.
            Exception: any other; the request may have been sent.
        """
        answer_by = time.monotonic() + within
        connection = self._kept() or _connected(self.address, min(self.connect_seconds, within))
        try:
            answer = connection.exchange(request, min(self.read_seconds, _left_until(answer_by)))
        except BaseException:
            connection.close()
            raise
        if answer.keeps_connection and len(self._idle) < MOST_KEPT:
            connection.used_at = self.seconds()
            self._idle.append(connection)
        else:
            connection.close()
        return answer

    def close(self) -> None:
        """Close those that are not in use; the next request makes a new one."""
        _close_all(self._idle)

    def _kept(self) -> _Connection | None:
        """A connection that can be used; those that cannot are closed."""
        while (connection := _taken(self._idle)) is not None:
            if 0.0 <= self.seconds() - connection.used_at <= IDLE_SECONDS and connection.is_usable():
                return connection
            connection.close()
        return None


def _taken(idle: list[_Connection]) -> _Connection | None:
    try:  # not asked before: another thread may take the last one meanwhile
        return idle.pop()
    except IndexError:
        return None


def _close_all(idle: list[_Connection]) -> None:
    while (connection := _taken(idle)) is not None:
        connection.close()


def _left_until(instant: float) -> float:
    return max(instant - time.monotonic(), SHORTEST_SECONDS)


def _connected(address: ServerAddress, seconds: float) -> _Connection:
    connect_by = time.monotonic() + seconds
    try:
        opened = _reached(address, connect_by)
    except TimeoutError:
        raise ConnectTimedOut from None
    except (OSError, UnicodeError) as error:
        raise ConnectionNotMade from error
    try:
        opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        opened.settimeout(_left_until(connect_by))
        return _Connection(_with_tls(opened, address) if address.is_tls else opened)
    except OSError as error:
        opened.close()
        raise HandshakeFailed from error
    except BaseException:
        opened.close()
        raise


def _reached(address: ServerAddress, connect_by: float) -> socket.socket:
    """Connected to the first of the server's addresses that answers; each has its part of the time that is left."""
    found = socket.getaddrinfo(address.host, address.port, type=socket.SOCK_STREAM)
    for place, (family, kind, protocol, _, where) in enumerate(found):
        tried = socket.socket(family, kind, protocol)
        try:
            tried.settimeout(_left_until(connect_by) / (len(found) - place))
            tried.connect(where)
        except BaseException as error:
            tried.close()
            if place + 1 == len(found) or not isinstance(error, OSError):
                raise
        else:
            return tried
    raise OSError("the server has no address")


def _with_tls(opened: socket.socket, address: ServerAddress) -> socket.socket:
    from orchestrator_adapters.aws.trusted_authorities import trusting_context

    return trusting_context(address.authorities).wrap_socket(opened, server_hostname=address.host)
