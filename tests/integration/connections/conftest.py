"""Certificates, and a whole orchestrator over connections of a test's choice."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from asking.requests import unique
from campaign_orchestrator.container import Container, build_container, close
from campaign_orchestrator.local.run_time_users import as_orchestrator
from campaign_orchestrator.settings import read_settings
from network.certificates import Certificates
from orchestrator_adapters.memory.deadline import NoDeadline
from orchestrator_adapters.postgres.settings import PostgresSettings

Ask = Callable[[str, str], dict[str, Any]]


@pytest.fixture
def certificates(tmp_path: Path) -> Certificates:
    return Certificates(tmp_path)


@pytest.fixture
def variables(database: PostgresSettings) -> dict[str, str]:
    """Leads to the database without TLS, and keeps ledger and dispatchers in memory."""
    return {
        "DB_HOST": database.host,
        "DB_PORT": str(database.port),
        "DB_NAME": database.dbname,
        "DB_USER": as_orchestrator(database).user,
        "DB_PASSWORD": database.password,
        "DB_SSLMODE": "disable",
        "ORCHESTRATOR_LEDGER": "memory",
        "ORCHESTRATOR_DISPATCHERS": "memory",
    }


@pytest.fixture
def orchestrator() -> Iterator[Callable[[dict[str, str]], Ask]]:
    """Makes an orchestrator of environment variables; it is asked with an action and a campaign."""
    built: list[Container] = []

    def make(environment: dict[str, str]) -> Ask:
        container = build_container(read_settings(environment))
        built.append(container)

        def ask(action: str, campaign: str) -> dict[str, Any]:
            event = {"action": action, "campaignId": campaign}
            answer: dict[str, Any] = container.service().answer(
                event, request_id=unique("request"), deadline=NoDeadline()
            )
            return answer

        return ask

    yield make
    for container in built:
        close(container)
