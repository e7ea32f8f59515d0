"""The slot ledger on Redis, on one node or on a cluster."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime
from threading import Lock
from typing import Any

from orchestrator_adapters.redis import scripts
from orchestrator_adapters.redis.client import redis_client
from orchestrator_adapters.redis.error_causes import cause_of
from orchestrator_adapters.redis.keys import PoolKeys, details_key
from orchestrator_adapters.redis.settings import RedisSettings
from orchestrator_domain.errors import LedgerUnavailable
from orchestrator_domain.pools import Holder
from orchestrator_domain.ports.slot_ledger import LedgerDrift, SlotLedger


class RedisSlotLedger(SlotLedger):
    """SlotLedger over the scripts in ``lua/``. The client is made at the first call.

    On one node a script writes the set, the hash and the details in one round trip. On a cluster the details
    fall into another slot, so they are a command of their own, sent only if the script took the write in.
    """

    def __init__(
        self, settings: RedisSettings, *, make_client: Callable[[RedisSettings], Any] = redis_client
    ) -> None:
        self._settings = settings
        self._make_client = make_client
        self._client: Any = None
        self._lock = Lock()

    def record(self, pool: str, holder: Holder) -> int:
        with self._connected() as client:
            written = scripts.record(client, pool, holder, with_details=not self._settings.cluster)
            if self._settings.cluster and written.taken_in:
                client.set(details_key(holder.campaign_id), scripts.details(holder))
            return written.holders

    def release(self, pool: str, campaign_id: str, run_number: int) -> int:
        with self._connected() as client:
            with_details = not self._settings.cluster
            written = scripts.release(client, pool, campaign_id, run_number, with_details=with_details)
            if self._settings.cluster and written.taken_in:
                client.delete(details_key(campaign_id))
            return written.holders

    def usage(self, pools: Sequence[str]) -> Mapping[str, frozenset[str]]:
        read = scripts.script("read_pool")
        with self._connected() as client:
            if self._settings.cluster:
                return {pool: frozenset(read.run(client, [PoolKeys(pool).active], [])) for pool in pools}
            pipeline = client.pipeline(transaction=False)
            for pool in pools:
                # Sent whole: a pipeline cannot fall back on it, and the script is two lines.
                pipeline.eval(read.text, 1, PoolKeys(pool).active)
            return {pool: frozenset(members) for pool, members in zip(pools, pipeline.execute(), strict=True)}

    def rebuild(self, pool: str, holders: Sequence[Holder], *, as_of: datetime) -> LedgerDrift:
        with self._connected() as client:
            return scripts.rebuild(client, pool, holders, as_of)

    def close(self) -> None:
        """Close the connections."""
        with self._lock:
            client, self._client = self._client, None
        if client is not None:
            client.close()

    @contextmanager
    def _connected(self) -> Iterator[Any]:
        """The client; whatever goes wrong is LedgerUnavailable, and the next call connects afresh."""
        try:
            with self._lock:
                if self._client is None:
                    self._client = self._make_client(self._settings)
                client = self._client
            yield client
        except Exception as error:
            if not _is_of_the_outside(error):
                raise
            with suppress(Exception):
                self.close()
            raise LedgerUnavailable(cause=cause_of(error)) from None


def _is_of_the_outside(error: Exception) -> bool:
    return isinstance(error, OSError | ValueError) or type(error).__module__.startswith("redis")
