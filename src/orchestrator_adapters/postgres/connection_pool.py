"""Connections whose every wait has an end."""

import time
from collections.abc import Callable
from functools import partial
from typing import Any, Final, TypeVar

import psycopg
from attrs import define
from psycopg.abc import PQGen
from psycopg_pool import ConnectionPool

from orchestrator_adapters import tls_refusals
from orchestrator_adapters.credentials import CredentialsSource, CredentialsUnavailable
from orchestrator_adapters.postgres.authentication import authenticated
from orchestrator_adapters.postgres.certificate_check import SYSTEM, certificate_refusal
from orchestrator_adapters.postgres.connection_refusals import UNKNOWN, refusal_of
from orchestrator_adapters.postgres.one_value import NoAnswer, one_value
from orchestrator_adapters.postgres.prepared_statements import PreparedStatements
from orchestrator_adapters.postgres.settings import PostgresSettings
from orchestrator_domain import budgets
from orchestrator_domain.once import nothing

CONNECT_SECONDS: Final = 2
POOL_WAIT_SECONDS: Final = 1.0
RENEWAL_SECONDS: Final = 1.0
"""Waited longer where a refused password may be fetched again before the connection is made."""
_Result = TypeVar("_Result")


@define(eq=False, repr=False)
class Refusals:
    """The latest reason for which no connection was made."""

    _word: str = UNKNOWN
    _at: float = float("-inf")

    def note(self, word: str) -> None:
        self._word, self._at = word, time.monotonic()

    def since(self, instant: float) -> str:
        """The reason of the latest attempt that failed after ``instant`` (time.monotonic()), if there was one."""
        return self._word if self._at >= instant else UNKNOWN


class BoundedConnection(psycopg.Connection[Any]):
    """A connection that gives up on a server that has accepted a statement and never answers.

    libpq has no read timeout, and a limit on the server's side does not help against a server that hangs. A
    connection that was given up on is closed by whoever catches the error: a late answer must not be read as the
    answer to the next statement.
    """

    answer_by: float | None = None
    """When to give up, by time.monotonic(); None: a whole budget after the wait began."""
    encoding: str = "utf-8"
    """Of the texts that go both ways."""
    prepared: PreparedStatements

    @classmethod
    def connect(  # type: ignore[override]
        cls, conninfo: str = "", *, settings: PostgresSettings, refusals: Refusals, **arguments: Any
    ) -> "BoundedConnection":
        """Connect. ``refusals``: where the reason is left when it fails; the pool tells nobody.

        Raises:
            psycopg.OperationalError: with our word for the reason in place of the driver's, which the pool logs.
        """
        try:
            made = authenticated(partial(super().connect, conninfo, **arguments), settings)
        except CredentialsUnavailable as error:
            refusals.note(error.cause)
            raise psycopg.OperationalError(error.cause) from None
        except psycopg.OperationalError as error:
            word = refusal_of(str(error))
            if word == tls_refusals.REFUSED:
                word = certificate_refusal(settings)
            refusals.note(word)
            raise psycopg.OperationalError(word) from None
        made.encoding, made.prepared = made.info.encoding, PreparedStatements(made.pgconn)
        return made

    def value_of(
        self, statement: bytes, *parameters: str | None, meanwhile: Callable[[], object] = nothing
    ) -> str | None:
        """The one value that ``statement`` gives for its parameters. Raises as ``one_value`` does."""
        encoding = self.encoding
        texts = [None if one is None else one.encode(encoding) for one in parameters]
        value = one_value(
            self.pgconn, statement, texts, prepared=self.prepared, wait=self.wait, meanwhile=meanwhile
        )
        return None if value is None else value.decode(encoding)

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
    """psycopg's keyword arguments for one connection, but for user and password.

    Nothing is set in the session, and psycopg prepares nothing: RDS Proxy pins on SET and on psycopg's DEALLOCATE
    (https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/rds-proxy-pinning.html). What we prepare ourselves, any
    pooler may forget (PreparedStatements).
    """
    arguments: dict[str, Any] = {
        "host": settings.host,
        "port": settings.port,
        "dbname": settings.dbname,
        "sslmode": settings.sslmode,
        "connect_timeout": CONNECT_SECONDS,
        "tcp_user_timeout": int(budgets.STORE_SECONDS * 1000),
        "keepalives_idle": 30,
        "application_name": "campaign-orchestrator",
        # Said as the connection begins, and not by SET. Without it the database's own would be spoken.
        "client_encoding": "UTF8",
        "autocommit": True,
        "prepare_threshold": None,
    }
    if settings.sslrootcert is not None:
        arguments["sslrootcert"] = _file_of_the_system() if settings.sslrootcert == SYSTEM else settings.sslrootcert
    return arguments


def _file_of_the_system() -> str:
    """psycopg's binary package brings a libpq that looks for the system's roots where no system has them."""
    import ssl

    return ssl.get_default_verify_paths().cafile or SYSTEM


class BoundedPool(ConnectionPool[BoundedConnection]):
    """A pool that remembers why no connection could be made."""

    refusals: Refusals
    credentials: CredentialsSource | None
    wait_seconds: float


def connection_pool(settings: PostgresSettings) -> BoundedPool:
    """A pool that connects when a connection is first wanted, and waits a second, or two, for a free one."""
    refusals = Refusals()
    wait_seconds = POOL_WAIT_SECONDS + (0.0 if settings.credentials is None else RENEWAL_SECONDS)
    pool = BoundedPool(
        connection_class=BoundedConnection,
        kwargs={**connection_arguments(settings), "settings": settings, "refusals": refusals},
        min_size=0,
        max_size=settings.pool_size,
        timeout=wait_seconds,
        reconnect_timeout=POOL_WAIT_SECONDS,
        num_workers=1,
        open=False,
        name="campaign-orchestrator",
    )
    pool.refusals, pool.credentials, pool.wait_seconds = refusals, settings.credentials, wait_seconds
    return pool
