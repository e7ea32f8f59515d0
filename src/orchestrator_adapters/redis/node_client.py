"""Asks one node over connections that stay open, and waits for nothing without a bound."""

import select
import time
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any, Final

from orchestrator_adapters.redis.call_budget import within

Command = tuple[str | int, ...]
"""As redis-py's packer takes it."""

SHORTEST_WAIT_SECONDS: Final = 0.001
READ_BYTES: Final = 65_536


class NodeClient:
    """One node. redis-py connects, with all that TLS and passwords need; what is sent then is sent here.

    redis-py's own timeouts bound one wait each, so a server that answers byte by byte would be waited for without
    end, and a thread that could be left behind costs as much as the call. Here each wait ends when the call has to.

    Args:
        client: redis-py's client, which knows how to connect.
    """

    def __init__(self, client: Any) -> None:
        self._client = client
        self._idle: deque[_Exchange] = deque()

    def ask(self, commands: Sequence[Command], answer_by: float) -> list[Any]:
        """The answers, in one round trip; errors of the server are among them.

        ``answer_by``: when to give up, by time.monotonic(). Raises OSError, or an error of redis-py's.
        """
        exchange = self._idle_exchange() or within(_left(answer_by), self._connect)
        try:
            answers = exchange.ask(commands, answer_by)
        except BaseException:
            exchange.close()
            raise
        self._idle.append(exchange)
        return answers

    def close(self) -> None:
        """Close what is idle."""
        while self._idle:
            self._idle.pop().close()
        self._client.close()

    def _idle_exchange(self) -> "_Exchange | None":
        while True:
            try:
                exchange = self._idle.pop()
            except IndexError:
                return None
            if exchange.is_quiet():
                return exchange
            exchange.close()

    def _connect(self) -> "_Exchange":
        pool = self._client.connection_pool
        connection = pool.connection_class(**pool.connection_kwargs)  # the pool makes no more than a hundred, ever
        connection.connect()
        return _Exchange(connection)


class _Exchange:
    """Commands and answers over one connection of redis-py's."""

    def __init__(self, connection: Any) -> None:
        import hiredis
        from redis.connection import DefaultParser
        from redis.exceptions import InvalidResponse

        self._connection, self._wrong = connection, InvalidResponse
        self._socket = connection._sock  # redis-py has no other way to it
        self._pack: Callable[[Any], bytes] = hiredis.pack_command
        self._reader = hiredis.Reader(
            protocolError=InvalidResponse,
            replyError=DefaultParser.parse_error,
            encoding="utf-8",
            errors="replace",  # a forged member is shown as forged, and rebuilt
            notEnoughData=_Exchange,
        )
        self._poll = select.poll()
        self._poll.register(self._socket, select.POLLIN)

    def is_quiet(self) -> bool:
        """Whether nothing has come that was not asked for: an end, or the rest of an answer."""
        return not self._poll.poll(0)

    def ask(self, commands: Sequence[Command], answer_by: float) -> list[Any]:
        wire, reader = self._socket, self._reader
        wire.settimeout(_left(answer_by))
        wire.sendall(b"".join(map(self._pack, commands)))
        answers: list[Any] = []
        while len(answers) < len(commands):
            answer = reader.gets()
            if answer is not _Exchange:
                answers.append(answer)
                continue
            wire.settimeout(_left(answer_by))
            came = wire.recv(READ_BYTES)
            if not came:
                raise ConnectionResetError("closed by the server")
            reader.feed(came)
        if reader.has_data():
            raise self._wrong("more answers than were asked for")  # the next call would take them for its own
        return answers

    def close(self) -> None:
        self._connection.disconnect()


def _left(answer_by: float) -> float:
    """Seconds until then; raises TimeoutError when it has come."""
    left = answer_by - time.monotonic()
    if left < SHORTEST_WAIT_SECONDS:
        raise TimeoutError("no time left")
    return left
