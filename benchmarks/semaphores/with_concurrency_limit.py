"""concurrency-limit: a hash of holders; ``limit_clean`` removes stale ones, when it is called."""

from contextlib import AbstractContextManager
from typing import Any

from benchmarks.semaphores.terms import Terms
from concurrency_limit import (
    ConcurrencyLimitExceededException,
    LimitConfiguration,
    RedisConfiguration,
    limit,
)


class OfConcurrencyLimit:
    def __init__(self, terms: Terms) -> None:
        self._server = RedisConfiguration(host=terms.host, port=terms.port, password=terms.password)
        self._limit = LimitConfiguration(
            key=terms.name,
            limit=terms.limit,
            limit_timeout=0,
            limit_interval=0.01,
            limit_expire=terms.lease_seconds,
        )
        self._held: AbstractContextManager[Any] | None = None

    def acquire(self) -> bool:
        held = limit(self._server, self._limit)
        try:
            held.__enter__()
        except ConcurrencyLimitExceededException:
            return False
        self._held = held
        return True

    def release(self) -> None:
        if self._held:
            self._held.__exit__(None, None, None)


semaphore = OfConcurrencyLimit
