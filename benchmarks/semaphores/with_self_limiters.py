"""self-limiters: a list of tokens that is waited for, written in Rust, asynchronous."""

from benchmarks.semaphores.terms import Terms
from self_limiters import MaxSleepExceededError, Semaphore

MOST_SECONDS_WAITED = 1.0


class OfSelfLimiters:
    def __init__(self, terms: Terms) -> None:
        self._semaphore = Semaphore(
            name=terms.name,
            capacity=terms.limit,
            max_sleep=MOST_SECONDS_WAITED,
            expiry=terms.lease_seconds,
            redis_url=terms.url,
        )

    async def acquire(self) -> bool:
        try:
            await self._semaphore.__aenter__()
        except MaxSleepExceededError:
            return False
        return True

    async def release(self) -> None:
        await self._semaphore.__aexit__(None, None, None)


semaphore = OfSelfLimiters
