"""The tables of the example dispatchers, beside the orchestrator's own."""

from functools import partial

import psycopg

from campaign_orchestrator.local.examples_folder import examples_folder
from orchestrator_adapters.postgres.authentication import authenticated
from orchestrator_adapters.postgres.connection_pool import connection_arguments
from orchestrator_adapters.postgres.settings import PostgresSettings


def create_contact_tables(settings: PostgresSettings, role: str) -> None:
    """Create what is missing, and give ``role`` the rights that the example dispatchers need.

    Raises:
        psycopg.Error: the database cannot be reached, or refuses; nothing was created.
    """
    folder = examples_folder() / "campaign_contacts"
    connect = partial(psycopg.connect, **{**connection_arguments(settings), "autocommit": False})
    with authenticated(connect, settings) as connection:
        connection.execute((folder / "tables.sql").read_bytes())
        connection.execute("SELECT set_config('campaign_contacts.role', %s, true)", (role,))
        connection.execute((folder / "rights.sql").read_bytes())
