"""Clients of AWS that send each request once and never wait long."""

from collections.abc import Callable
from threading import Lock
from typing import Any, Final

from attrs import define, field, frozen

CONNECT_SECONDS: Final = 1
READ_SECONDS: Final = 3


@frozen(kw_only=True)
class AwsSettings:
    """Where AWS is. ``endpoint_url``: another address than AWS's own, for LocalStack."""

    region: str
    endpoint_url: str | None = None


def make_client(service: str, settings: AwsSettings) -> Any:
    """A botocore client of ``service``.

    One attempt and no more: Invoke has no idempotency token, and the standard retry mode sends a request that
    got no answer three times (measured). Retries are ours, and on record. Every value that botocore would choose by
    itself is given, because its defaults differ between versions.
    """
    from botocore.config import Config
    from botocore.session import Session

    return Session().create_client(
        service,
        region_name=settings.region,
        endpoint_url=settings.endpoint_url,
        config=Config(
            connect_timeout=CONNECT_SECONDS,
            read_timeout=READ_SECONDS,
            retries={"total_max_attempts": 1, "mode": "standard"},
            max_pool_connections=4,
            tcp_keepalive=True,
        ),
    )


@define
class LazyClient:
    """A client that is made when it is first used; each dispatcher has its own (Property 27)."""

    make: Callable[[], Any]
    _client: Any = field(default=None, init=False)
    _lock: Lock = field(factory=Lock, init=False, repr=False)

    def get(self) -> Any:
        """The client; the same for every call."""
        with self._lock:
            if self._client is None:
                self._client = self.make()
            return self._client
