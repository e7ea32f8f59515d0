"""What time it is."""

from abc import abstractmethod
from datetime import datetime
from typing import Protocol, runtime_checkable


@runtime_checkable
class Clock(Protocol):
    """Wall-clock time.

    1. ``now`` has a time zone, UTC.
    2. Nothing promises that two machines agree; what must be ordered uses the repository's clock.
    """

    @abstractmethod
    def now(self) -> datetime:
        """The present instant, in UTC."""
