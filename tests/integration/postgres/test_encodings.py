"""A database whose encoding is not UTF-8, as one of long ago may be: it is spoken to in UTF-8 all the same."""

from collections.abc import Iterator
from uuid import uuid4

import pytest
from attrs import evolve

from asking.requests import admission, stopping
from asking.stores import PostgresStoreUnderTest
from campaign_orchestrator.local.run_time_users import ROLES
from orchestrator_adapters.postgres.migrate import migrate
from orchestrator_adapters.postgres.settings import PostgresSettings
from orchestrator_domain.decisions import Verdict
from serving import direct_sql


@pytest.fixture(params=["SQL_ASCII", "LATIN1"])
def store(request: pytest.FixtureRequest, database: PostgresSettings) -> Iterator[PostgresStoreUnderTest]:
    name = f"encoded_{uuid4().hex[:8]}"
    with direct_sql.connect(database) as connection:
        connection.execute(
            f"CREATE DATABASE {name} ENCODING {request.param} LOCALE 'C' TEMPLATE template0".encode()
        )
    settings = evolve(database, dbname=name)
    migrate(settings, ROLES)
    opened = PostgresStoreUnderTest(settings)
    yield opened
    opened.close()
    with direct_sql.connect(database) as connection:
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())


def test_a_name_with_an_accent_is_read_as_it_was_written(store: PostgresStoreUnderTest) -> None:
    campaign = store.put_campaign("c", name="Caf\u00e9")
    run = store.repository.admit(admission(campaign)).run
    assert run is not None
    assert "Caf\u00e9".encode() in run.dispatch_input
    assert store.repository.begin_stopping(stopping(campaign)).verdict is Verdict.STOPPING
    assert store.repository.find_campaigns([campaign])[campaign].name == "Caf\u00e9"
