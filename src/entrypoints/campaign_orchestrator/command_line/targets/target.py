"""Whom the command line asks."""

from abc import abstractmethod
from collections.abc import Mapping
from typing import Any, Protocol, runtime_checkable


@runtime_checkable
class Target(Protocol):
    """An orchestrator that can be asked."""

    @abstractmethod
    def ask(self, event: Mapping[str, Any]) -> dict[str, Any]:
        """The answer to a direct request, refusals included.

        Raises:
            NotAsked: it could not be asked; nothing was done.
            AnswerLost: it was asked, and no answer came.
        """

    @abstractmethod
    def close(self) -> None:
        """Close what was opened."""
