"""A test's own way to a database, beside the code under test."""

from typing import Any

import psycopg

from orchestrator_adapters.postgres.settings import PostgresSettings


def connect(settings: PostgresSettings, *, autocommit: bool = True) -> psycopg.Connection:
    """A plain connection; a context manager that closes it."""
    return psycopg.connect(
        host=settings.host,
        port=settings.port,
        dbname=settings.dbname,
        user=settings.user,
        password=settings.password,
        autocommit=autocommit,
    )


def ask(settings: PostgresSettings, statement: str, *parameters: Any) -> list[Any]:
    """The rows of one statement, over a connection of its own."""
    with connect(settings) as connection:
        cursor = connection.execute(statement.encode(), parameters)
        return cursor.fetchall() if cursor.description else []
