"""redis-semaphore-eval: scripts on a sorted set; a thread renews the lease where it is asked for."""

from contextlib import AbstractContextManager
from typing import Any

import redis
from benchmarks.semaphores.terms import Terms
from redis_semaphore_eval import (
    FailedToAcquireLock,
    acquire_lock,
    auto_renewing_semaphore,
    clear_lock,
)


class OfRedisSemaphoreEval:
    def __init__(self, terms: Terms) -> None:
        self._client = redis.Redis(host=terms.host, port=terms.port, password=terms.password)
        self._terms = terms
        self._held: Any = None

    def acquire(self) -> bool:
        terms = self._terms
        self._held = acquire_lock(self._client, terms.name, limit=terms.limit, expire_in=terms.lease_seconds)
        return self._held is not None

    def release(self) -> None:
        clear_lock(self._client, self._terms.name, self._held)


class Renewing:
    def __init__(self, terms: Terms) -> None:
        self._client = redis.Redis(host=terms.host, port=terms.port, password=terms.password)
        self._terms = terms
        self._held: AbstractContextManager[Any] | None = None

    def acquire(self) -> bool:
        terms = self._terms
        held = auto_renewing_semaphore(
            self._client,
            terms.name,
            limit=terms.limit,
            auto_renewal_interval=1,
            expire_in=terms.lease_seconds,
            blocking=False,
        )
        try:
            held.__enter__()
        except FailedToAcquireLock:
            return False
        self._held = held
        return True

    def release(self) -> None:
        if self._held:
            self._held.__exit__(None, None, None)


def semaphore(terms: Terms) -> OfRedisSemaphoreEval | Renewing:
    return Renewing(terms) if terms.renewed else OfRedisSemaphoreEval(terms)
