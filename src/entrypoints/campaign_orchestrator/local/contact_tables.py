"""The tables of the example dispatchers, beside the orchestrator's own."""

import psycopg

from campaign_orchestrator.local.examples_folder import examples_folder
from orchestrator_adapters.postgres.connection_pool import connection_arguments
from orchestrator_adapters.postgres.settings import PostgresSettings


def create_contact_tables(settings: PostgresSettings) -> None:
    """Create what is missing.

    Raises:
        psycopg.Error: the database cannot be reached, or refuses; nothing was created.
    """
    text = (examples_folder() / "campaign_contacts" / "tables.sql").read_bytes()
    with psycopg.connect(**{**connection_arguments(settings), "autocommit": False}) as connection:
        connection.execute(text)
