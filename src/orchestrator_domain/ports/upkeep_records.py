"""What only reconciliation asks of the store."""

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from typing import Protocol, runtime_checkable

from orchestrator_domain.commands import Origin
from orchestrator_domain.run import Run


@runtime_checkable
class UpkeepRecords(Protocol):
    """Executions without a live run, and how far the scheduled passes have come. Every method is one atomic call.

    StoreUnavailable is raised when the store does not answer in time (budgets.STORE_SECONDS); the call may then
    have had its effect, and may be repeated.
    """

    @abstractmethod
    def names_without_live_run(self, execution_names: Sequence[str]) -> Mapping[str, Run | None]:
        """Those of the names that no live run has, each with the ended run of that name, or None.

        1. A run is on record before its execution is asked for, so an execution that is shown before this call and
           has no run in its answer is of no run of this store.
        2. The runs come without their dispatch input.
        """

    @abstractmethod
    def note_orphan(self, pool: str, execution_name: str, *, run: Run | None, cause: str, origin: Origin) -> None:
        """Append one audit row: an execution without a live run was stopped.

        1. Kind ``orphan_stopped``; of the run's campaign, or of ``pool:NAME`` where there is no such run.
        2. Nothing else changes.
        3. A note of the same execution by the same request, within minutes, is the same call, made again because
           its answer was lost: it appends nothing.
        """

    @abstractmethod
    def place(self, pool: str) -> str | None:
        """Behind which campaign the next scheduled pass of ``pool`` goes on; None: it begins with the first."""

    @abstractmethod
    def remember_place(self, pool: str, campaign_id: str | None) -> None:
        """Remember where a scheduled pass has ended. Appends no audit row: no campaign, run or limit changes."""
