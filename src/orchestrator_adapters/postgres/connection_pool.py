"""Connections whose every wait has an end."""

import time
from typing import Any, Final, TypeVar

import psycopg
from psycopg.abc import PQGen
from psycopg_pool import ConnectionPool

from orchestrator_adapters.postgres.settings import PostgresSettings
from orchestrator_domain import budgets

CONNECT_SECONDS: Final = 2
POOL_WAIT_SECONDS: Final = 1.0
_Result = TypeVar("_Result")


class NoAnswer(psycopg.OperationalError):
    """The server has accepted a statement and has not answered within its budget."""


class BoundedConnection(psycopg.Connection[Any]):
    """A connection that gives up on a server that has accepted a statement and never answers.

    libpq has no read timeout, and a limit on the server's side does not help against a server that hangs. A
    connection that was given up on is closed by whoever catches the error: a late answer must not be read as the
    answer to the next statement.
    """

    answer_by: float | None = None
    """When to give up, by time.monotonic(); None: a whole budget after the wait began."""

    def wait(self, gen: PQGen[_Result], interval: float = 0.1, timeout: float | None = None) -> _Result:
        began = time.monotonic()
        limit = timeout if timeout is not None else self._seconds_left(began)
        try:
            return super().wait(gen, interval, timeout=limit)
        except psycopg.OperationalError as error:
            if time.monotonic() - began >= limit:
                raise NoAnswer("no answer") from error
            raise

    def _seconds_left(self, now: float) -> float:
        return budgets.STORE_SECONDS if self.answer_by is None else max(0.0, self.answer_by - now)


def connection_arguments(settings: PostgresSettings) -> dict[str, Any]:
    """psycopg's keyword arguments for one connection. No session state: RDS Proxy pins on SET and PREPARE
    (https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/rds-proxy-pinning.html)."""
    arguments: dict[str, Any] = {
        "host": settings.host,
        "port": settings.port,
        "dbname": settings.dbname,
        "user": settings.user,
        "password": settings.password,
        "sslmode": settings.sslmode,
        "connect_timeout": CONNECT_SECONDS,
        "tcp_user_timeout": int(budgets.STORE_SECONDS * 1000),
        "keepalives_idle": 30,
        "application_name": "campaign-orchestrator",
        "autocommit": True,
        "prepare_threshold": None,
    }
    if settings.sslrootcert is not None:
        arguments["sslrootcert"] = settings.sslrootcert
    return arguments


def connection_pool(settings: PostgresSettings) -> ConnectionPool[BoundedConnection]:
    """A pool that connects when a connection is first wanted, and waits at most a second for a free one."""
    pool: ConnectionPool[BoundedConnection] = ConnectionPool(
        connection_class=BoundedConnection,
        kwargs=connection_arguments(settings),
        min_size=0,
        max_size=settings.pool_size,
        timeout=POOL_WAIT_SECONDS,
        reconnect_timeout=POOL_WAIT_SECONDS,
        num_workers=1,
        open=False,
        name="campaign-orchestrator",
    )
    return pool
