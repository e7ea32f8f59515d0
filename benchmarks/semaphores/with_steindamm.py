"""steindamm: a list of tokens that is waited for."""

import redis
from benchmarks.semaphores.terms import Terms
from steindamm import SyncSemaphore
from steindamm.exceptions import MaxSleepExceededError

MOST_SECONDS_WAITED = 0.2


class OfSteindamm:
    def __init__(self, terms: Terms) -> None:
        client = redis.Redis(host=terms.host, port=terms.port, password=terms.password)
        self._semaphore = SyncSemaphore.create(
            name=terms.name,
            capacity=terms.limit,
            expiry=terms.lease_seconds,
            max_sleep=MOST_SECONDS_WAITED,
            connection=client,
        )

    def acquire(self) -> bool:
        try:
            self._semaphore.__enter__()
        except MaxSleepExceededError:
            return False
        return True

    def release(self) -> None:
        self._semaphore.__exit__(None, None, None)


semaphore = OfSteindamm
