"""Whether the connection to PostgreSQL is encrypted, and the server is known."""

from collections.abc import Callable
from typing import ClassVar

from attrs import frozen

from campaign_orchestrator.doctor.check import Check
from campaign_orchestrator.doctor.checks.postgres_reachable import PostgresReachable
from campaign_orchestrator.doctor.finding import Finding, ok, warning
from orchestrator_adapters.postgres.server_facts import ServerFacts


@frozen
class PostgresEncrypted(Check):
    """``sslmode``: libpq's word."""

    name: ClassVar[str] = "postgres-tls"
    needs: ClassVar[tuple[str, ...]] = (PostgresReachable.name,)
    facts: Callable[[], ServerFacts]
    sslmode: str

    def look(self) -> Finding:
        if not self.facts().is_encrypted:
            what = f"the connection to PostgreSQL is not encrypted (DB_SSLMODE={self.sslmode})"
            return warning(what, to_do="Set DB_SSLMODE=verify-full, unless the server is on this machine.")
        if self.sslmode != "verify-full":
            what = f"the connection is encrypted, and nobody checks whose server it is (DB_SSLMODE={self.sslmode})"
            return warning(what, to_do="Set DB_SSLMODE=verify-full, and DB_SSLROOTCERT to who has signed it.")
        return ok("the connection is encrypted, and the server's certificate and name are checked")
