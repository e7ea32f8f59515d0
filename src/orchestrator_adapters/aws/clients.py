"""Clients of AWS that send each request once and never wait long."""

import time
from collections.abc import Callable
from threading import Lock
from typing import Any, Final

from attrs import define, field, frozen

CONNECT_SECONDS: Final = 1
READ_SECONDS: Final = 3

IDLE_SECONDS: Final = 60.0
"""A connection unused for longer is not used again. A NAT gateway forgets one after 350 s and answers the next
packet with a reset (https://docs.aws.amazon.com/vpc/latest/userguide/nat-gateway-troubleshooting.html): a function
that wakes up would lose the answer of its first request, and a lost answer is not repeated here."""


class ClientNotMade(RuntimeError):
    """There is no client, so nothing was sent: a profile, a region or an address that is wrong."""


@frozen(kw_only=True)
class AwsSettings:
    """Where AWS is. ``endpoint_url``: another address than AWS's own, for LocalStack."""

    region: str
    endpoint_url: str | None = None


def make_client(service: str, settings: AwsSettings, *, read_seconds: float = READ_SECONDS) -> Any:
    """A botocore client of ``service``, which waits ``read_seconds`` for an answer.

    One attempt and no more: Invoke has no idempotency token, and the standard retry mode sends a request that
    got no answer three times (measured). Retries are ours, and on record. Every value that botocore would choose by
    itself is given, because its defaults differ between versions.

    Its ``within`` makes another one, with connections of its own, for one call that has so many seconds: botocore
    takes no time for a single call.
    """
    from botocore.config import Config
    from botocore.session import Session

    session = Session()

    def made(connect_seconds: float, read_seconds: float) -> Any:
        return session.create_client(
            service,
            region_name=settings.region,
            endpoint_url=settings.endpoint_url,
            config=Config(
                connect_timeout=connect_seconds,
                read_timeout=read_seconds,
                retries={"total_max_attempts": 1, "mode": "standard"},
                max_pool_connections=4,
                tcp_keepalive=True,
            ),
        )

    def within(seconds: float) -> Any:
        part = min(seconds / (CONNECT_SECONDS + read_seconds), 1.0)
        return made(CONNECT_SECONDS * part, read_seconds * part)

    client = made(CONNECT_SECONDS, read_seconds)
    client.within = within
    return client


@define(eq=False, repr=False)
class LazyClient:
    """A client that is made when it is first used; each dispatcher has its own (Property 27).

    Attributes:
        seconds: the time of day in seconds. Not a monotonic clock: that may stand while a function is frozen.
    """

    make: Callable[[], Any]
    seconds: Callable[[], float] = time.time
    _client: Any = field(default=None, init=False)
    _last_used: float = field(default=0.0, init=False)
    _lock: Lock = field(factory=Lock, init=False, repr=False)

    def get(self) -> Any:
        """The client; the same for every call.

        Raises:
            ClientNotMade: it could not be made.
        """
        with self._lock:
            now = self.seconds()
            if self._client is None:
                self._client = self._made(self.make)
            elif now - self._last_used > IDLE_SECONDS:
                self._client.close()
            self._last_used = now
            return self._client

    def within(self, seconds: float) -> Any:
        """The client, for one call that takes ``seconds`` at most, and never longer than the client's own time.

        One that was made elsewhere, and cannot be given less time, keeps its own.

        Raises:
            ClientNotMade: it could not be made.
        """
        client = self.get()
        with self._lock:  # a session of botocore makes one client at a time
            return self._made(lambda: client.within(seconds)) if hasattr(client, "within") else client

    def _made(self, make: Callable[[], Any]) -> Any:
        try:
            return make()
        except Exception as error:
            raise ClientNotMade(type(error).__name__) from error
