"""dramatiq: ConcurrentRateLimiter, a counter that is watched, read and set."""

from contextlib import AbstractContextManager

from benchmarks.semaphores.terms import Terms
from dramatiq.rate_limits import ConcurrentRateLimiter
from dramatiq.rate_limits.backends import RedisBackend


class OfDramatiq:
    def __init__(self, terms: Terms) -> None:
        backend = RedisBackend(host=terms.host, port=terms.port, password=terms.password)
        self._limiter = ConcurrentRateLimiter(
            backend, terms.name, limit=terms.limit, ttl=terms.lease_seconds * 1_000
        )
        self._held: AbstractContextManager[bool] | None = None

    def acquire(self) -> bool:
        self._held = self._limiter.acquire(raise_on_failure=False)
        return bool(self._held.__enter__())

    def release(self) -> None:
        if self._held:
            self._held.__exit__(None, None, None)


semaphore = OfDramatiq
