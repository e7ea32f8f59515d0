"""How much time is left."""

from abc import abstractmethod
from typing import Protocol, runtime_checkable


@runtime_checkable
class Deadline(Protocol):
    """The end of the time in which an answer is wanted.

    1. ``remaining_seconds`` never grows, and is negative once the deadline has passed.
    2. Without a deadline it is infinite.
    """

    @abstractmethod
    def remaining_seconds(self) -> float:
        """Seconds left."""
