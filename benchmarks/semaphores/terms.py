"""What every semaphore is told and asked. The standard library only: no code of the orchestrator's."""

from collections.abc import Awaitable
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, kw_only=True)
class Terms:
    """A semaphore on a server.

    Attributes:
        name: of what is limited; every holder of it gives the same.
        lease_seconds: after which a holder that was not heard of counts as gone. Whole seconds, since some take no
            others.
        renewed: the holder's lease is renewed while it holds, if the library does that by itself.
    """

    host: str
    port: int
    password: str
    name: str
    limit: int
    lease_seconds: int
    renewed: bool = False

    @property
    def url(self) -> str:
        return f"redis://:{self.password}@{self.host}:{self.port}/0"


class Semaphore(Protocol):
    """One holder's way to a slot; it takes one at a time."""

    def acquire(self) -> bool:
        """Whether a slot was had, at once or within a moment."""

    def release(self) -> None:
        """Give it back."""


class AsyncSemaphore(Protocol):
    """The same of a library that is asynchronous only."""

    def acquire(self) -> Awaitable[bool]: ...

    def release(self) -> Awaitable[None]: ...
