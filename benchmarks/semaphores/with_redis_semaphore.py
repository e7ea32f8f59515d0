"""redis-semaphore: a list of tokens; stale ones are returned by whoever comes next."""

import redis
from benchmarks.semaphores.terms import Terms
from redis_semaphore import NotAvailable, Semaphore


class OfRedisSemaphore:
    def __init__(self, terms: Terms) -> None:
        self._semaphore = Semaphore(
            redis.Redis(host=terms.host, port=terms.port, password=terms.password),
            count=terms.limit,
            namespace=terms.name,
            stale_client_timeout=terms.lease_seconds,
            blocking=False,
        )

    def acquire(self) -> bool:
        try:
            return self._semaphore.acquire() is not None
        except NotAvailable:
            return False

    def release(self) -> None:
        self._semaphore.release()


semaphore = OfRedisSemaphore
