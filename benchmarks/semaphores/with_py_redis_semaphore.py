"""py-redis-semaphore: scripts on a sorted set; a thread renews the lease while it is held."""

import redis
from benchmarks.semaphores.terms import Terms
from redis_semaphore import Semaphore, SemaphoreConfig


class OfPyRedisSemaphore:
    def __init__(self, terms: Terms) -> None:
        client = redis.Redis(host=terms.host, port=terms.port, password=terms.password)
        config = SemaphoreConfig(name=terms.name, limit=terms.limit, lock_timeout=terms.lease_seconds)
        self._semaphore = Semaphore(client, config)

    def acquire(self) -> bool:
        return bool(self._semaphore.acquire(blocking=False).success)

    def release(self) -> None:
        self._semaphore.release()


semaphore = OfPyRedisSemaphore
