"""Whether the database's clock and ours agree."""

from collections.abc import Callable
from datetime import timedelta
from typing import ClassVar

from attrs import frozen

from campaign_orchestrator.doctor.check import Check
from campaign_orchestrator.doctor.checks.postgres_reachable import PostgresReachable
from campaign_orchestrator.doctor.clock_skew import skew_finding
from campaign_orchestrator.doctor.finding import Finding
from orchestrator_adapters.postgres.server_facts import ServerFacts
from orchestrator_domain.ports.clock import Clock


@frozen
class DatabaseClock(Check):
    """``read``: asks the server afresh."""

    name: ClassVar[str] = "database-clock"
    needs: ClassVar[tuple[str, ...]] = (PostgresReachable.name,)
    read: Callable[[], ServerFacts]
    clock: Clock

    def look(self) -> Finding:
        before = self.clock.now()
        theirs = self.read().at
        return skew_finding(
            "PostgreSQL", theirs, before=before, after=self.clock.now(), exact_to=timedelta(milliseconds=1)
        )
