"""Where random run ids come from."""

from abc import abstractmethod
from typing import Protocol, runtime_checkable


@runtime_checkable
class RunIds(Protocol):
    """A source of random run ids.

    1. Each id has 32 lower-case hexadecimal digits, at least 122 of their bits random.
    2. Ids drawn in different processes differ, also in processes restored from one snapshot.
    """

    @abstractmethod
    def next_id(self) -> str:
        """A new id."""
