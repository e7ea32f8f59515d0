"""What each error of PostgreSQL and psycopg is told as; the driver's words never leave the adapter."""

from collections.abc import Mapping
from enum import Enum
from types import MappingProxyType
from typing import Final

import psycopg
from attrs import frozen
from psycopg_pool import PoolClosed, PoolTimeout, TooManyRequests

from orchestrator_adapters.postgres.one_value import NoAnswer
from orchestrator_domain.value import Value


class Repeat(Enum):
    """Whether the same idempotent call may be made again at once, and over which connection."""

    NEVER = "never"
    SAME_CONNECTION = "same connection"
    FRESH_CONNECTION = "fresh connection"


@frozen(eq=False, repr=False)
class Cause(Value):
    """A stable word for the caller, and what may be done about it."""

    word: str
    repeat: Repeat = Repeat.NEVER


CONNECTION_LOST: Final = Cause("connection_lost", Repeat.FRESH_CONNECTION)
NO_ANSWER: Final = Cause("no_answer")

BY_SQLSTATE: Final[Mapping[str, Cause]] = MappingProxyType(
    {
        "25006": Cause("read_only", Repeat.FRESH_CONNECTION),
        "40001": Cause("contention", Repeat.SAME_CONNECTION),
        "40P01": Cause("contention", Repeat.SAME_CONNECTION),
        "42501": Cause("missing_grant"),
        "53100": Cause("disk_full"),
        "53300": Cause("too_many_connections"),
        "55P03": Cause("contention", Repeat.SAME_CONNECTION),
        "57014": NO_ANSWER,
        "57P01": CONNECTION_LOST,
        "57P02": CONNECTION_LOST,
        "57P03": CONNECTION_LOST,
        "57P05": CONNECTION_LOST,
        "CO001": Cause("wrong_isolation_level"),
    }
)

BY_SQLSTATE_CLASS: Final[Mapping[str, Cause]] = MappingProxyType(
    {
        "08": CONNECTION_LOST,
        "25": CONNECTION_LOST,
        "28": Cause("authentication"),
        "3D": Cause("no_such_database"),
        "42": Cause("schema_does_not_fit"),
        "53": Cause("overloaded"),
        "57": Cause("interrupted"),
        "58": Cause("server_error"),
        "XX": Cause("server_error"),
    }
)
"""The classes of https://www.postgresql.org/docs/current/errcodes-appendix.html that an operator can act on. Any
other means that the orchestrator's SQL and the database do not fit together."""

DOES_NOT_FIT: Final = Cause("unexpected_error")


def cause_of(error: psycopg.Error) -> Cause:
    """The cause of any psycopg error; there is none without."""
    if isinstance(error, PoolTimeout | TooManyRequests):
        return Cause("no_connection")
    if isinstance(error, PoolClosed):
        return Cause("closed")
    state = error.sqlstate
    if state is None:
        return _without_sqlstate(error)
    return BY_SQLSTATE.get(state) or BY_SQLSTATE_CLASS.get(state[:2]) or DOES_NOT_FIT


def _without_sqlstate(error: psycopg.Error) -> Cause:
    if isinstance(error, NoAnswer | psycopg.errors.ConnectionTimeout):
        return NO_ANSWER
    return CONNECTION_LOST if isinstance(error, psycopg.OperationalError) else DOES_NOT_FIT
