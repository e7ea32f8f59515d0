"""What only reconciliation asks of PostgreSQL."""

from collections.abc import Mapping, Sequence

from attrs import asdict, frozen

from orchestrator_adapters.postgres import rows
from orchestrator_adapters.postgres.doors import Doors
from orchestrator_domain.commands import Origin
from orchestrator_domain.ports.upkeep_records import UpkeepRecords
from orchestrator_domain.run import Run


@frozen(eq=False, repr=False)
class PostgresUpkeepRecords(UpkeepRecords):
    """UpkeepRecords over the functions in ``doors/``."""

    doors: Doors

    def names_without_live_run(self, execution_names: Sequence[str]) -> Mapping[str, Run | None]:
        request = {"execution_names": list(execution_names)}
        found = self.doors.call("campaign_names_without_live_run", request)
        return {name: rows.run_of(run) if run else None for name, run in found.items()}

    def note_orphan(self, pool: str, execution_name: str, *, run: Run | None, cause: str, origin: Origin) -> None:
        self.doors.call(
            "campaign_note_orphan",
            {
                "subject": run.campaign_id if run else f"pool:{pool}",
                "number": run.number if run else None,
                "state": run.state.value if run else None,
                "execution_name": execution_name,
                "cause": cause,
                "origin": asdict(origin),
            },
        )

    def place(self, pool: str) -> str | None:
        place: str | None = self.doors.call("campaign_reconcile_place", {"pool": pool})
        return place

    def remember_place(self, pool: str, campaign_id: str | None) -> None:
        self.doors.call("campaign_remember_reconcile_place", {"pool": pool, "campaign_id": campaign_id})
