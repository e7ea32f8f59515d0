"""Servers as context managers."""

from abc import ABC, abstractmethod
from types import TracebackType
from typing import Self


class StartedAndClosed(ABC):
    """Something that is started by ``with`` and closed when it is left."""

    @abstractmethod
    def start(self) -> Self:
        """Start it, and wait until it answers."""

    @abstractmethod
    def close(self) -> None:
        """End it and remove what it has written. Repeating it does nothing."""

    def __enter__(self) -> Self:
        try:
            return self.start()
        except BaseException:  # also Ctrl-C: nobody else would end what has begun
            self.close()
            raise

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()
