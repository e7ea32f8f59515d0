"""Whether PostgreSQL answers."""

import time
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import ClassVar, Final

from attrs import frozen

from campaign_orchestrator.doctor.check import Check
from campaign_orchestrator.doctor.finding import Finding, ok, problem, warning
from campaign_orchestrator.doctor.refused_connections import what_to_do
from orchestrator_adapters.postgres.server_facts import ServerFacts
from orchestrator_domain.errors import StoreUnavailable

SLOW_SECONDS: Final = 1.0
OF_POSTGRES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "authentication": "Compare DB_USER and DB_PASSWORD with the server, and its pg_hba.conf with our address.",
        "no_such_database": "Create the database, or correct DB_NAME.",
        "too_many_connections": "Raise max_connections, put RDS Proxy before it, or lower the concurrency.",
        "starting_up": "Wait until the server has started.",
        "shutting_down": "The server is shutting down or failing over; ask again in a minute.",
        "no_such_host": "Correct DB_HOST; from a Lambda, look at the VPC's DNS.",
        "no_connection": "Look at DB_HOST, DB_PORT, the security groups and the subnets: nobody answers there.",
        "no_answer": "It accepts connections and does not answer: look at its load and its locks.",
    }
)


@frozen
class PostgresReachable(Check):
    """``facts``: asks the server."""

    name: ClassVar[str] = "postgres-reachable"
    facts: Callable[[], ServerFacts]

    def look(self) -> Finding:
        began = time.monotonic()
        try:
            facts = self.facts()
        except StoreUnavailable as away:
            what = f"PostgreSQL cannot be reached: {away.cause}"
            return problem(what, to_do=what_to_do(away.cause, OF_POSTGRES))
        seconds = time.monotonic() - began
        what = f"PostgreSQL {facts.version} answered in {seconds * 1000:.0f} ms, connecting included"
        if seconds > SLOW_SECONDS:
            return warning(what, to_do="Look at the way to it and at its load: each action asks it twice.")
        return ok(what)
