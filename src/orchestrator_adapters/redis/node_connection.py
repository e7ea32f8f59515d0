"""One connection to one node, whose every wait ends when the call has to."""

import select
import socket
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any, Final

import hiredis

from orchestrator_adapters.redis.server_refusal import NotRedis, ServerRefusal

Command = Sequence[str | int | bytes]
"""As hiredis packs it."""

SHORTEST_WAIT_SECONDS: Final = 0.001
READ_BYTES: Final = 65_536


class NodeConnection:
    """Commands and answers over a socket that waits for nothing by itself.

    Args:
        wire: connected, and not blocking.
        not_yet: what it raises when it would have to wait.
    """

    def __init__(self, wire: socket.socket, not_yet: tuple[type[OSError], ...] = (BlockingIOError,)) -> None:
        self._wire, self._not_yet = wire, not_yet
        self._pack: Callable[[Any], bytes] = hiredis.pack_command
        self._reader = hiredis.Reader(
            protocolError=NotRedis,
            replyError=ServerRefusal,
            encoding="utf-8",
            errors="replace",  # a forged member is shown as forged, and rebuilt
            notEnoughData=NodeConnection,
        )
        self._to_read, self._to_write = select.poll(), select.poll()
        self._to_read.register(wire, select.POLLIN)
        self._to_write.register(wire, select.POLLOUT)

    def is_quiet(self) -> bool:
        """Whether nothing has come that was not asked for: an end, or the rest of an answer."""
        return not self._to_read.poll(0)

    def ask(self, commands: Sequence[Command], answer_by: float) -> list[Any]:
        """The answers, in one round trip; refusals are among them. Raises OSError or NotRedis."""
        packed = b"".join(map(self._pack, commands))
        try:
            sent = self._wire.send(packed)
        except self._not_yet:
            sent = 0
        if sent < len(packed):
            self._send_rest(memoryview(packed)[sent:], answer_by)
        answers: list[Any] = []
        next_answer = self._reader.gets
        while len(answers) < len(commands):
            answer = next_answer()
            if answer is NodeConnection:
                self._receive(answer_by)
            else:
                answers.append(answer)
        if self._reader.has_data():
            raise NotRedis("more answers than were asked for")  # the next call would take them for its own
        return answers

    def close(self) -> None:
        self._wire.close()

    def _send_rest(self, rest: memoryview, answer_by: float) -> None:
        while rest:
            _wait(self._to_write, seconds_left(answer_by))
            with suppress(*self._not_yet):
                rest = rest[self._wire.send(rest) :]

    def _receive(self, answer_by: float) -> None:
        """Wait for what comes, and read it. Hardly ever is it there at once; asking in vain costs an exception."""
        _wait(self._to_read, seconds_left(answer_by))
        try:
            came = self._wire.recv(READ_BYTES)
        except self._not_yet:  # a part of a record of TLS
            return
        if not came:
            raise ConnectionResetError("closed by the server")
        self._reader.feed(came)


def seconds_left(answer_by: float) -> float:
    """Seconds until then, by time.monotonic(); raises TimeoutError when it has come."""
    left = answer_by - time.monotonic()
    if left < SHORTEST_WAIT_SECONDS:
        raise TimeoutError("no time left")
    return left


def _wait(events: "select.poll", seconds: float) -> None:
    if not events.poll(seconds * 1000):
        raise TimeoutError("no answer")
