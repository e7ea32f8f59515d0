"""Limits and halts."""

from abc import abstractmethod
from typing import Protocol, runtime_checkable

from orchestrator_domain.commands import Origin


@runtime_checkable
class PoolControl(Protocol):
    """Changes of a pool's admission, at run time. Each is one atomic call, ordered against admissions."""

    @abstractmethod
    def set_limit(self, pool: str, limit: int | None, *, origin: Origin) -> None:
        """Set the limit in force; None returns to each process's default.

        1. After it returns, no admission is made at or above the new limit.
        2. Lowering it ends no run.
        3. One audit row for a change, none when nothing changed.
        """

    @abstractmethod
    def set_halt(self, pool: str, reason: str | None, *, origin: Origin) -> None:
        """Halt the pool with a reason, or lift the halt with None.

        1. After a halt returns, no admission and no new batch of the pool is made until it is lifted.
        2. One audit row for a change, none when nothing changed.
        """
