"""Connects with the credentials of a source, and once more with others when they are refused."""

from collections.abc import Callable
from typing import Any, Final, TypeVar

import psycopg

from orchestrator_adapters.credentials import Credentials
from orchestrator_adapters.postgres.connection_refusals import refusal_of
from orchestrator_adapters.postgres.settings import PostgresSettings

_Connection = TypeVar("_Connection")

AUTHENTICATION: Final = "authentication"


def authenticated(connect: Callable[..., _Connection], settings: PostgresSettings) -> _Connection:
    """What ``connect`` makes of user and password.

    A password that was rotated since it was fetched is refused; the caller of a connection is not to notice (F38).

    Raises:
        CredentialsUnavailable: the source has none.
        psycopg.OperationalError: the connection was refused.
    """
    if settings.credentials is None:
        return connect(user=settings.user, password=settings.password)
    first = settings.credentials.get()
    try:
        return connect(**_told(first, settings))
    except psycopg.OperationalError as error:
        if refusal_of(str(error)) != AUTHENTICATION:
            raise
        other = settings.credentials.after_refusal(first)
        if other is None:
            raise
    return connect(**_told(other, settings))


def _told(credentials: Credentials, settings: PostgresSettings) -> dict[str, Any]:
    return {"user": credentials.username or settings.user, "password": credentials.password}
