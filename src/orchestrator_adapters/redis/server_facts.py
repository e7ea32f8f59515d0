"""What an operator has to know of a Redis server, or of each primary of a cluster."""

from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from typing import Any, Final, TypeVar

from attrs import define, field, frozen

from orchestrator_adapters.redis.call_budget import within
from orchestrator_adapters.redis.client import load_driver, redis_client
from orchestrator_adapters.redis.error_causes import cause_of
from orchestrator_adapters.redis.keys import details_key
from orchestrator_adapters.redis.settings import RedisSettings
from orchestrator_domain.errors import LedgerUnavailable

Result = TypeVar("Result")

SECONDS_TO_LOOK: Final = 5.0
KEYS_A_STEP: Final = 500


@frozen(kw_only=True)
class MemoryFacts:
    """The memory of one node.

    Attributes:
        policy: what it does when the memory is full ("noeviction", "allkeys-lru", ...).
        most_bytes: how much it may use; 0: as much as there is.
    """

    version: str
    policy: str
    used_bytes: int
    most_bytes: int


@define
class RedisFacts:
    """Asks a server. Nothing that it asks changes anything."""

    settings: RedisSettings
    _client: Any = field(default=None, init=False)

    def memory(self) -> Sequence[MemoryFacts]:
        """The memory of each node that holds keys. Raises LedgerUnavailable."""
        return self._ask(lambda client: [_memory(one) for one in _nodes(client)])

    def recorded_campaigns(self, most: int) -> Sequence[str]:
        """Up to ``most`` campaigns whose execution's details are on record. Raises LedgerUnavailable."""
        prefix = details_key("")

        def work(client: Any) -> Sequence[str]:
            found: Iterator[str] = client.scan_iter(match=f"{prefix}*", count=KEYS_A_STEP)
            return [key.removeprefix(prefix) for key in islice(found, most)]

        return self._ask(work)

    def close(self) -> None:
        """Close the connections."""
        if self._client is not None:
            self._client.close()
            self._client = None

    def _ask(self, work: Callable[[Any], Result]) -> Result:
        load_driver()

        def connected() -> Result:
            if self._client is None:
                self._client = redis_client(self.settings)
            return work(self._client)

        try:
            return within(SECONDS_TO_LOOK, connected)
        except Exception as error:
            raise LedgerUnavailable(cause=cause_of(error)) from None


def _nodes(client: Any) -> list[dict[str, Any]]:
    if not hasattr(client, "get_primaries"):
        return [client.info()]
    return [client.info(target_nodes=node) for node in client.get_primaries()]


def _memory(info: dict[str, Any]) -> MemoryFacts:
    return MemoryFacts(
        version=str(info.get("valkey_version") or info["redis_version"]),
        policy=str(info["maxmemory_policy"]),
        used_bytes=int(info["used_memory"]),
        most_bytes=int(info["maxmemory"]),
    )
