"""One connection as the orchestrator makes it, without its pool."""

from typing import Any

from orchestrator_adapters.postgres.connection_pool import BoundedConnection, Refusals, connection_arguments
from orchestrator_adapters.postgres.settings import PostgresSettings


def connected(database: PostgresSettings, **more: Any) -> BoundedConnection:
    """As the pool connects, without waiting for it to give up. ``more``: psycopg's arguments, in place of ours."""
    arguments = connection_arguments(database) | more
    return BoundedConnection.connect(**arguments, settings=database, refusals=Refusals())
