"""What only reconciliation asks of the in-memory store."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Final

from attrs import evolve, frozen

from orchestrator_adapters.memory.campaign_store import InMemoryCampaignStore, PoolRow
from orchestrator_domain.commands import Origin
from orchestrator_domain.ports.upkeep_records import UpkeepRecords
from orchestrator_domain.run import Run

ORPHAN_STOPPED: Final = "orphan_stopped"
SAME_CALL_WITHIN: Final = timedelta(minutes=10)
"""As in the function of the database."""


@frozen
class InMemoryUpkeepRecords(UpkeepRecords):
    """UpkeepRecords over an InMemoryCampaignStore."""

    store: InMemoryCampaignStore

    def names_without_live_run(self, execution_names: Sequence[str]) -> Mapping[str, Run | None]:
        with self.store.locked() as now:
            by_name = {run.execution_name: self.store.read_run(run, now) for run in self.store.runs.values()}
        found = {name: by_name.get(name) for name in execution_names}
        return {
            name: None if run is None else evolve(run, dispatch_input=b"")
            for name, run in found.items()
            if run is None or not run.is_live
        }

    def note_orphan(self, pool: str, execution_name: str, *, run: Run | None, cause: str, origin: Origin) -> None:
        subject = run.campaign_id if run else f"pool:{pool}"
        with self.store.locked() as now:
            if any(
                noted.kind == ORPHAN_STOPPED
                and noted.detail["execution_name"] == execution_name
                and noted.origin.request_id == origin.request_id
                and noted.at > now - SAME_CALL_WITHIN
                for noted in self.store.events.get(subject, ())
            ):
                return
            self.store.append_event(
                subject,
                at=now,
                kind=ORPHAN_STOPPED,
                origin=origin,
                run=run,
                run_state_from=run.state if run else None,
                cause=cause,
                detail={"execution_name": execution_name},
            )

    def place(self, pool: str) -> str | None:
        with self.store.locked():
            return self.store.pools.get(pool, PoolRow()).reconciled_up_to

    def remember_place(self, pool: str, campaign_id: str | None) -> None:
        with self.store.locked():
            self.store.pools.setdefault(pool, PoolRow()).reconciled_up_to = campaign_id
