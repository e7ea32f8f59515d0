"""Creates the tables of the contacts.

python -m campaign_contacts.create_tables ROLE, with the orchestrator's variables for the database, of one who
may create tables. ROLE exists already; it is the one that the dispatchers log in with.
"""

import sys
from functools import partial
from importlib.resources import files

import psycopg

from orchestrator_adapters.postgres.authentication import authenticated
from orchestrator_adapters.postgres.connection_pool import connection_arguments
from orchestrator_adapters.postgres.settings import PostgresSettings


def create_tables(settings: PostgresSettings, role: str) -> None:
    """Create what is missing, and let ``role`` use it. Safe to repeat.

    Raises:
        psycopg.Error: the database cannot be reached, or refuses; nothing was created.
    """
    folder = files("campaign_contacts")
    connect = partial(psycopg.connect, **{**connection_arguments(settings), "autocommit": False})
    with authenticated(connect, settings) as connection:
        connection.execute((folder / "tables.sql").read_bytes())
        connection.execute("SELECT set_config('campaign_contacts.role', %s, true)", (role,))
        connection.execute((folder / "rights.sql").read_bytes())


if __name__ == "__main__":
    from campaign_contacts.database import settings_of_the_environment

    create_tables(settings_of_the_environment(), sys.argv[1])
