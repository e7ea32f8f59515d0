"""One statement with its parameters, and the one value that it gives, by libpq's own calls.

A cursor of psycopg makes and adapts whatever a statement may take and give, for three times the processor's time.
The functions in ``doors/`` take texts and give one.
"""

from collections.abc import Callable, Sequence
from typing import Protocol, TypeVar

import psycopg
from psycopg import generators
from psycopg.abc import PQGen
from psycopg.pq import DiagnosticField, ExecStatus
from psycopg.pq.abc import PGconn, PGresult

from orchestrator_adapters.postgres.prepared_statements import PreparedStatements
from orchestrator_domain.once import nothing

_Result = TypeVar("_Result")


class NoAnswer(psycopg.OperationalError):
    """The server has accepted a statement and has not answered within its budget."""


class StatementFailed(psycopg.DatabaseError):
    """The server has answered that the statement failed. Its words stay out: they may quote values."""

    def __init__(self, sqlstate: str | None) -> None:
        super().__init__(sqlstate or "no SQLSTATE")
        self.sqlstate = sqlstate


class Wait(Protocol):
    """Waits for the socket between the steps of psycopg's work, no longer than until a certain moment."""

    def __call__(self, steps: PQGen[_Result], /) -> _Result:
        """What the steps come to. Raises NoAnswer when the moment has come."""


def one_value(
    pgconn: PGconn,
    statement: bytes,
    parameters: Sequence[bytes | None],
    *,
    prepared: PreparedStatements,
    wait: Wait,
    meanwhile: Callable[[], object] = nothing,
) -> bytes | None:
    """What ``statement`` gives for its parameters, ``$1`` and on; None for NULL, both ways.

    ``prepared``: of this connection. ``meanwhile`` is called whenever the request is on its way, perhaps twice: the
    server works while it does.

    Raises:
        NoAnswer: not in time. The answer may still come, so the connection is to be closed by whoever catches this:
            it must not be read as the answer to the next statement.
        StatementFailed: with the SQLSTATE that the server gave.
        psycopg.OperationalError: the connection is lost.
    """
    steps = prepared.send(statement, parameters)
    if pgconn.flush():
        wait(generators.send(pgconn))
    meanwhile()
    results = wait(steps)
    # A statement may have given its value and fail in its commit.
    for result in results:
        if result.status != ExecStatus.TUPLES_OK:
            state = _sqlstate_of(result)
            if prepared.give_up_if_missed(state):
                return one_value(pgconn, statement, parameters, prepared=prepared, wait=wait, meanwhile=meanwhile)
            raise StatementFailed(state)
    if not results:
        raise psycopg.InternalError("no result")
    result = results[0]
    return result.get_value(0, 0) if result.ntuples else None


def _sqlstate_of(result: PGresult) -> str | None:
    state = result.error_field(DiagnosticField.SQLSTATE)
    return state.decode() if state else None
