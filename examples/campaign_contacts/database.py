"""The database of the environment, and what dispatchers do in it."""

import os
from functools import cache

from campaign_contacts.contact_book import ContactBook
from orchestrator_adapters.memory.run_ids import RandomRunIds
from orchestrator_adapters.postgres.connection_pool import BoundedPool, connection_pool
from orchestrator_adapters.postgres.doors import Doors
from orchestrator_adapters.postgres.run_claims import PostgresRunClaims
from orchestrator_adapters.postgres.settings import PostgresSettings
from orchestrator_domain.ports.run_claims import RunClaims


def settings_of_the_environment() -> PostgresSettings:
    """Where the orchestrator's database is, by the orchestrator's own variables."""
    return PostgresSettings(
        host=os.environ["DB_HOST"],
        port=int(os.environ.get("DB_PORT", "5432")),
        dbname=os.environ["DB_NAME"],
        user=os.environ["DB_USER"],
        password=os.environ["DB_PASSWORD"],
        sslmode=os.environ.get("DB_SSLMODE", "verify-full"),
        sslrootcert=os.environ.get("DB_SSLROOTCERT") or None,
        pool_size=1,
    )


@cache
def pool() -> BoundedPool:
    """One connection for the process."""
    return connection_pool(settings_of_the_environment())


def run_claims() -> RunClaims:
    """The claims in the orchestrator's database."""
    return PostgresRunClaims(Doors(pool()), RandomRunIds())


def contact_book() -> ContactBook:
    """The contacts in the same database."""
    return ContactBook(pool())
