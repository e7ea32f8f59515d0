"""Asks one node over connections that stay open, and waits for nothing without a bound."""

import os
import time
from collections import deque
from collections.abc import Sequence
from typing import Any, Final

from orchestrator_adapters.redis.call_budget import within
from orchestrator_adapters.redis.node_connection import Command, NodeConnection, seconds_left
from orchestrator_adapters.redis.node_connector import NodeConnector
from orchestrator_adapters.redis.settings import RedisSettings

MOST_IDLE_SECONDS: Final = 240.0
"""What stands between forgets a connection that nothing goes over, and tells nobody: AWS's after 350 seconds.

https://docs.aws.amazon.com/elasticloadbalancing/latest/network/network-load-balancers.html#connection-idle-timeout
"""


class NodeClient:
    """One node. Nothing is connected before it is asked.

    Whoever asks waits for an answer itself: a thread that could be left behind costs as much as the call. Only
    connecting has one, because a look-up of a name cannot be given an end.
    """

    def __init__(self, settings: RedisSettings) -> None:
        self._connector = NodeConnector(settings)
        self._idle: deque[tuple[NodeConnection, float]] = deque()  # each with when it was used, by time.time()
        self._process = os.getpid()

    def ask(self, commands: Sequence[Command], answer_by: float) -> list[Any]:
        """The answers, in one round trip; refusals are among them.

        ``answer_by``: when to give up, by time.monotonic(). Raises what connecting and asking raise. The commands
        may reach the server twice: that a kept connection has been lost often shows only when it is used.
        """
        kept = self._idle_connection()
        if kept is not None:
            try:
                return self._ask(kept, commands, answer_by)
            except TimeoutError:
                raise
            except OSError:
                pass  # so the time that is left goes to a new one
        return self._ask(self._connected(answer_by), commands, answer_by)

    def is_connected(self) -> bool:
        """Whether a connection is kept that can be used as it is."""
        connection = self._idle_connection()
        if connection is None:
            return False
        self._idle.append((connection, time.time()))
        return True

    def close(self) -> None:
        """Close what is idle."""
        while self._idle:
            self._idle.pop()[0].close()

    def _ask(self, connection: NodeConnection, commands: Sequence[Command], answer_by: float) -> list[Any]:
        try:
            answers = connection.ask(commands, answer_by)
        except BaseException:
            connection.close()
            raise
        self._idle.append((connection, time.time()))
        return answers

    def _idle_connection(self) -> NodeConnection | None:
        if os.getpid() != self._process:
            # After a fork: over the parent's connections each would read the other's answers. They stay open there.
            self.close()
            self._process = os.getpid()  # only now, or another thread would take one that is still to be closed
        while True:
            try:
                connection, used_at = self._idle.pop()
            except IndexError:
                return None
            # Not by a monotonic clock: that may stand while a function is frozen.
            if time.time() - used_at <= MOST_IDLE_SECONDS and connection.is_quiet():
                return connection
            connection.close()

    def _connected(self, answer_by: float) -> NodeConnection:
        return within(seconds_left(answer_by), lambda: self._connector.connect(answer_by))
