"""tasktiger: a script on a sorted set; its workers renew the lease, the class does not."""

from uuid import uuid4

import redis
from benchmarks.semaphores.terms import Terms
from tasktiger.redis_semaphore import Semaphore


class OfTasktiger:
    def __init__(self, terms: Terms) -> None:
        client = redis.Redis(host=terms.host, port=terms.port, password=terms.password)
        self._semaphore = Semaphore(
            client, terms.name, uuid4().hex, timeout=terms.lease_seconds, max_locks=terms.limit
        )

    def acquire(self) -> bool:
        had, _ = self._semaphore.acquire()
        return bool(had)

    def release(self) -> None:
        self._semaphore.release()


semaphore = OfTasktiger
