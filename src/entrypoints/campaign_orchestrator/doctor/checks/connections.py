"""Whether PostgreSQL has connections left for us."""

from collections.abc import Callable
from typing import ClassVar, Final

from attrs import frozen

from campaign_orchestrator.doctor.check import Check
from campaign_orchestrator.doctor.checks.postgres_reachable import PostgresReachable
from campaign_orchestrator.doctor.finding import Finding, ok, problem, warning
from orchestrator_adapters.postgres.server_facts import ServerFacts

NEARLY_ALL: Final = 0.8
MANY_FOR_ONE_PROCESS: Final = 10
ANY_NUMBER: Final = -1


@frozen
class Connections(Check):
    """``pool_size``: how many connections one process opens at most."""

    name: ClassVar[str] = "postgres-connections"
    needs: ClassVar[tuple[str, ...]] = (PostgresReachable.name,)
    facts: Callable[[], ServerFacts]
    pool_size: int

    def look(self) -> Finding:
        facts = self.facts()
        most, used = facts.most_connections, facts.connections
        if facts.role_limit != ANY_NUMBER and facts.role_limit < most:
            most, used = facts.role_limit, facts.role_connections
        what = f"{used} of {most} connections are in use, {facts.our_connections} of them by orchestrators"
        if most - used < self.pool_size:
            to_do = "Raise max_connections, put RDS Proxy before it, or lower the reserved concurrency."
            return problem(f"{what}; a process wants up to {self.pool_size} more", to_do=to_do)
        if used > most * NEARLY_ALL:
            return warning(what, to_do="Find out who holds them (pg_stat_activity) before there are none left.")
        if self.pool_size > MANY_FOR_ONE_PROCESS:
            what = f"DB_POOL_SIZE is {self.pool_size}, and a function's process handles one request at a time"
            return warning(what, to_do="2 are enough for a function: one to work, one that replaces a lost one.")
        return ok(what)
