"""Creates the tables of the contacts.

python -m campaign_contacts.create_tables, with the orchestrator's variables for the database.
"""

from functools import partial
from importlib.resources import files

import psycopg

from orchestrator_adapters.postgres.authentication import authenticated
from orchestrator_adapters.postgres.connection_pool import connection_arguments
from orchestrator_adapters.postgres.settings import PostgresSettings


def create_tables(settings: PostgresSettings) -> None:
    """Create what is missing. Safe to repeat.

    Raises:
        psycopg.Error: the database cannot be reached, or refuses; nothing was created.
    """
    text = (files("campaign_contacts") / "tables.sql").read_bytes()
    connect = partial(psycopg.connect, **{**connection_arguments(settings), "autocommit": False})
    with authenticated(connect, settings) as connection:
        connection.execute(text)


if __name__ == "__main__":
    from campaign_contacts.database import settings_of_the_environment

    create_tables(settings_of_the_environment())
