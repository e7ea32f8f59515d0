"""Whether PostgreSQL takes writes, at the isolation level that admissions need."""

from collections.abc import Callable
from typing import ClassVar

from attrs import frozen

from campaign_orchestrator.doctor.check import Check
from campaign_orchestrator.doctor.checks.postgres_reachable import PostgresReachable
from campaign_orchestrator.doctor.finding import Finding, ok, problem
from orchestrator_adapters.postgres.server_facts import ServerFacts


@frozen
class PostgresWritable(Check):
    """A replica, or another isolation level, refuses every action."""

    name: ClassVar[str] = "postgres-writable"
    needs: ClassVar[tuple[str, ...]] = (PostgresReachable.name,)
    facts: Callable[[], ServerFacts]

    def look(self) -> Finding:
        facts = self.facts()
        if facts.is_read_only:
            what = "PostgreSQL is read-only: a replica, or somebody has made it so"
            return problem(what, to_do="Point DB_HOST to the writer; look at default_transaction_read_only.")
        if facts.isolation != "read committed":
            what = f"transactions run at {facts.isolation}, and pools are counted at read committed only"
            to_do = "Reset default_transaction_isolation of the database and of the role."
            return problem(what, to_do=to_do)
        return ok("PostgreSQL takes writes, at read committed")
