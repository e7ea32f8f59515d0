"""The database of the environment, and what dispatchers do in it."""

import os
from functools import cache

from campaign_contacts.contact_book import ContactBook
from orchestrator_adapters.credentials import CredentialsSource
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
        password=os.environ.get("DB_PASSWORD", ""),
        credentials=_credentials(),
        sslmode=os.environ.get("DB_SSLMODE", "verify-full"),
        sslrootcert=os.environ.get("DB_SSLROOTCERT") or None,
        pool_size=1,
    )


def _credentials() -> CredentialsSource | None:
    """The secret that ``DB_PASSWORD_SECRET_ARN`` names; None: ``DB_PASSWORD`` is the password."""
    arn = os.environ.get("DB_PASSWORD_SECRET_ARN")
    if not arn:
        return None
    from orchestrator_adapters.aws.clients import AwsSettings
    from orchestrator_adapters.aws.secret_credentials import secret_credentials

    where = AwsSettings(region=os.environ["AWS_REGION"], endpoint_url=os.environ.get("AWS_ENDPOINT_URL"))
    return secret_credentials(arn, where)


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
