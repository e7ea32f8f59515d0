"""Whether the database holds the schema of this version."""

from typing import ClassVar

from attrs import frozen

from campaign_orchestrator.doctor.check import Check
from campaign_orchestrator.doctor.checks.postgres_reachable import PostgresReachable
from campaign_orchestrator.doctor.finding import Finding, ok, problem
from orchestrator_adapters.postgres.doors import Doors
from orchestrator_adapters.postgres.schema_check import SchemaDifference, schema_difference
from orchestrator_domain.errors import StoreUnavailable

MIGRATE = "Run: campaign-orchestrator migrate"
NEVER_MIGRATED = "schema_does_not_fit"
NOT_GRANTED = "missing_grant"
GRANT = "As the owner of the tables, run: campaign-orchestrator migrate --orchestrator-role DB_USER"


@frozen
class SchemaVersion(Check):
    """Compares what was applied with this version's scripts."""

    name: ClassVar[str] = "schema-version"
    needs: ClassVar[tuple[str, ...]] = (PostgresReachable.name,)
    doors: Doors

    def look(self) -> Finding:
        try:
            difference = schema_difference(self.doors)
        except StoreUnavailable as away:
            if away.cause == NOT_GRANTED:
                return problem("our user may not call the orchestrator's functions", to_do=GRANT)
            if away.cause != NEVER_MIGRATED:
                raise
            return problem("the database was never migrated, or our user may not see it", to_do=MIGRATE)
        return _finding(difference)


def _finding(difference: SchemaDifference) -> Finding:
    if difference.unknown:
        what = f"the database was migrated by a later version: {', '.join(difference.unknown)}"
        return problem(what, to_do="Deploy that version again, or put the database back.")
    changed = [name for name in difference.changed if name.startswith("migrations/")]
    if changed:
        what = f"migrations were applied with another content: {', '.join(changed)}"
        return problem(what, to_do="This database was not made by a release; ask who made it.")
    late = (*difference.missing, *difference.changed)
    if late:
        return problem(f"the database is behind this version: {', '.join(late)}", to_do=MIGRATE)
    return ok("the schema is this version's")
