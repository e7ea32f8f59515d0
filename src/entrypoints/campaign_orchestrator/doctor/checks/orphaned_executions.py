"""Whether executions are at work that no live run has."""

from typing import ClassVar, Final

from attrs import frozen

from campaign_orchestrator.doctor.check import Check
from campaign_orchestrator.doctor.checks.schema_version import SchemaVersion
from campaign_orchestrator.doctor.checks.state_machine import StateMachine
from campaign_orchestrator.doctor.finding import Finding, not_checked, ok, problem
from orchestrator_domain.commands import Origin
from orchestrator_domain.ports.deadline import Deadline
from orchestrator_domain.ports.dispatcher import ExecutionControl
from orchestrator_domain.upkeep_answers import OrphanSweep
from orchestrator_domain.use_cases.stop_orphans import StopOrphans

MOST_A_PAGE: Final = 1_000
MOST_PAGES: Final = 5


@frozen(kw_only=True)
class OrphanedExecutions(Check):
    """Looks at up to 5,000 open executions, and stops none: that is for reconcile to do."""

    name: ClassVar[str] = "orphaned-executions"
    needs: ClassVar[tuple[str, ...]] = (SchemaVersion.name, StateMachine.name)
    stop_orphans: StopOrphans
    control: ExecutionControl
    pool: str
    deadline: Deadline

    def look(self) -> Finding:
        orphans, foreign = 0, 0
        sweep = self._page(None)
        for _ in range(MOST_PAGES):
            if not sweep.complete and sweep.next_page is None:
                to_do = "These credentials need states:ListExecutions on the state machine."
                return not_checked("the open executions cannot be listed", to_do=to_do)
            orphans, foreign = orphans + len(sweep.orphans), foreign + sweep.foreign
            if sweep.complete:
                break
            sweep = self._page(sweep.next_page)
        if orphans:
            what = f"{orphans} executions are at work that no live run has"
            return problem(what, to_do="Run: campaign-orchestrator reconcile --dry-run, and then without it.")
        return ok(f"every open execution of a campaign has its run; {foreign} of others were left alone")

    def _page(self, page: str | None) -> OrphanSweep:
        return self.stop_orphans.sweep(
            self.control,
            pool=self.pool,
            most=MOST_A_PAGE,
            page=page,
            dry_run=True,
            origin=Origin(source="doctor"),
            deadline=self.deadline,
        )
