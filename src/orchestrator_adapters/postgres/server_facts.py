"""What an operator has to know of a PostgreSQL server."""

import time
from datetime import datetime
from importlib.resources import files
from typing import Final

import psycopg
from attrs import frozen
from psycopg.rows import dict_row
from psycopg_pool import PoolTimeout

from orchestrator_adapters.credentials import CredentialsUnavailable
from orchestrator_adapters.postgres.connection_pool import CONNECT_SECONDS, BoundedPool
from orchestrator_adapters.postgres.error_causes import cause_of
from orchestrator_domain.errors import StoreUnavailable

SCRIPT: Final = "diagnosis/server_facts.sql"


@frozen(kw_only=True)
class ServerFacts:
    """A server as one connection has found it.

    Attributes:
        most_connections: how many connections others than superusers may have.
        connections: how many there are, ours included.
        our_connections: those of orchestrators, in any process.
        role_connections: those of our user.
        role_limit: how many connections our user may have; -1: any number.
        isolation: the isolation level that a statement of ours runs at.
        is_read_only: it is a replica, or was made read-only.
        at: its clock, when it answered.
    """

    is_encrypted: bool
    version: str
    most_connections: int
    connections: int
    our_connections: int
    role_connections: int
    role_limit: int
    isolation: str
    is_read_only: bool
    at: datetime


def server_facts(pool: BoundedPool) -> ServerFacts:
    """Ask the server, over a connection of ``pool``.

    Raises:
        StoreUnavailable: with a stable word for the cause.
    """
    began = time.monotonic()
    if pool.closed:
        pool.open()
    statement = files(__package__).joinpath(SCRIPT).read_text(encoding="utf-8").encode()
    try:
        if pool.credentials is not None:
            pool.credentials.get()  # the pool's own thread is not waited for as long as fetching them may take
        with pool.connection(timeout=CONNECT_SECONDS) as connection:
            row = connection.cursor(row_factory=dict_row).execute(statement).fetchone()
    except CredentialsUnavailable as error:
        raise StoreUnavailable(cause=error.cause) from None
    except PoolTimeout:
        raise StoreUnavailable(cause=pool.refusals.since(began)) from None
    except psycopg.Error as error:
        raise StoreUnavailable(cause=cause_of(error).word) from None
    return ServerFacts(**(row or {}))
