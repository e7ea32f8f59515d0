"""The statements in ``sql/``, and a way to run them."""

from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any

from psycopg.rows import dict_row

from orchestrator_adapters.postgres.connection_pool import BoundedPool


@cache
def statement(name: str) -> bytes:
    """The text of ``sql/NAME.sql``."""
    return (files("campaign_contacts") / "sql" / f"{name}.sql").read_bytes()


def rows_of(pool: BoundedPool, name: str, parameters: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Run a statement in a transaction of its own; the rows that it returns.

    Raises:
        psycopg.Error: it did not succeed, or its answer was lost.
    """
    if pool.closed:
        pool.open()
    with pool.connection() as connection, connection.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(statement(name), parameters).fetchall()
