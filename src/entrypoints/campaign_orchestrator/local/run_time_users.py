"""The roles that the orchestrator and the dispatchers log in with on a PostgreSQL of this machine.

They have no right but what they need; the superuser owns the tables, and looks around.
"""

from typing import Final

import psycopg
from attrs import evolve
from psycopg.sql import SQL, Identifier, Literal

from orchestrator_adapters.postgres.authentication import authenticated
from orchestrator_adapters.postgres.connection_pool import connection_arguments
from orchestrator_adapters.postgres.migrate import RunTimeRoles
from orchestrator_adapters.postgres.settings import PostgresSettings

ORCHESTRATOR, DISPATCHER = "orchestrator", "dispatcher"
ROLES: Final = RunTimeRoles(orchestrator=ORCHESTRATOR, dispatcher=DISPATCHER)


def create_roles(owner: PostgresSettings) -> None:
    """Create the roles on the server of ``owner``, a superuser, with its password. They have no rights yet."""
    with authenticated(
        lambda **known: psycopg.connect(**connection_arguments(owner), **known), owner
    ) as connection:
        for name in (ORCHESTRATOR, DISPATCHER):
            connection.execute(
                SQL("CREATE ROLE {} LOGIN PASSWORD {}").format(Identifier(name), Literal(owner.password))
            )


def as_orchestrator(owner: PostgresSettings) -> PostgresSettings:
    """The same database, as the orchestrator logs in."""
    return evolve(owner, user=ORCHESTRATOR)


def as_dispatcher(owner: PostgresSettings) -> PostgresSettings:
    """The same database, as the dispatchers log in."""
    return evolve(owner, user=DISPATCHER)
