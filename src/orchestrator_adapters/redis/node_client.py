"""Asks one node over connections that stay open, and waits for nothing without a bound."""

from collections import deque
from collections.abc import Sequence
from typing import Any

from orchestrator_adapters.redis.call_budget import within
from orchestrator_adapters.redis.node_connection import Command, NodeConnection, seconds_left
from orchestrator_adapters.redis.node_connector import NodeConnector
from orchestrator_adapters.redis.settings import RedisSettings


class NodeClient:
    """One node. Nothing is connected before it is asked.

    Whoever asks waits for an answer itself: a thread that could be left behind costs as much as the call. Only
    connecting has one, because a look-up of a name cannot be given an end.
    """

    def __init__(self, settings: RedisSettings) -> None:
        self._connector = NodeConnector(settings)
        self._idle: deque[NodeConnection] = deque()

    def ask(self, commands: Sequence[Command], answer_by: float) -> list[Any]:
        """The answers, in one round trip; refusals are among them.

        ``answer_by``: when to give up, by time.monotonic(). Raises what connecting and asking raise.
        """
        connection = self._idle_connection() or self._connected(answer_by)
        try:
            answers = connection.ask(commands, answer_by)
        except BaseException:
            connection.close()
            raise
        self._idle.append(connection)
        return answers

    def close(self) -> None:
        """Close what is idle."""
        while self._idle:
            self._idle.pop().close()

    def _idle_connection(self) -> NodeConnection | None:
        while True:
            try:
                connection = self._idle.pop()
            except IndexError:
                return None
            if connection.is_quiet():
                return connection
            connection.close()

    def _connected(self, answer_by: float) -> NodeConnection:
        return within(seconds_left(answer_by), lambda: self._connector.connect(answer_by))
