"""Asks a cluster."""

import time
from collections.abc import Sequence
from threading import Lock
from typing import Any

from orchestrator_adapters.redis.call_budget import within
from orchestrator_adapters.redis.client import load_driver, redis_client
from orchestrator_adapters.redis.node_connection import Command
from orchestrator_adapters.redis.settings import RedisSettings


class ClusterClient:
    """A cluster, by redis-py's client, which asks all nodes that have some of the keys at the same time."""

    def __init__(self, settings: RedisSettings) -> None:
        load_driver()
        self._settings = settings
        self._client: Any = None
        self._lock = Lock()

    def ask(self, commands: Sequence[Command], answer_by: float) -> list[Any]:
        """The answers; errors are among them. ``answer_by``: when to give up, by time.monotonic()."""
        return within(answer_by - time.monotonic(), lambda: self._ask(commands))

    def is_connected(self) -> bool:
        """Whether the cluster was asked for its nodes; redis-py connects to each when it is first needed."""
        return self._client is not None

    def close(self) -> None:
        """Close the connections."""
        with self._lock:
            client, self._client = self._client, None
        if client is not None:
            client.close()

    def _ask(self, commands: Sequence[Command]) -> list[Any]:
        pipeline = self._connected().pipeline(transaction=False)
        for command in commands:
            pipeline.execute_command(*command)
        return list(pipeline.execute(raise_on_error=False))

    def _connected(self) -> Any:
        """The client. It is made outside the lock: making one waits for the network."""
        with self._lock:
            if self._client is not None:
                return self._client
        made = redis_client(self._settings)
        with self._lock:
            if self._client is None:
                self._client = made
            kept = self._client
        if kept is not made:
            made.close()
        return kept
