"""One statement with one parameter, and the one value that it gives, by libpq's own calls.

A cursor of psycopg makes and adapts whatever a statement may take and give, for three times the processor's time.
The functions in ``doors/`` take one text and give one.
"""

import math
import time
from collections.abc import Callable
from select import POLLIN, POLLOUT, poll

import psycopg
from psycopg.pq import DiagnosticField, ExecStatus
from psycopg.pq.abc import PGconn, PGresult

from orchestrator_domain.once import nothing


class NoAnswer(psycopg.OperationalError):
    """The server has accepted a statement and has not answered within its budget."""


class StatementFailed(psycopg.DatabaseError):
    """The server has answered that the statement failed. Its words stay out: they may quote values."""

    def __init__(self, sqlstate: str | None) -> None:
        super().__init__(sqlstate or "no SQLSTATE")
        self.sqlstate = sqlstate


def one_value(
    pgconn: PGconn,
    statement: bytes,
    parameter: bytes,
    *,
    answer_by: float,
    meanwhile: Callable[[], object] = nothing,
) -> bytes | None:
    """What ``statement`` gives for its parameter ``$1``; None for NULL.

    ``meanwhile`` is called when the request is on its way: the server works while it does.

    Raises:
        NoAnswer: not until ``answer_by`` (time.monotonic()). The answer may still come, so the connection is to be
            closed by whoever catches this: it must not be read as the answer to the next statement.
        StatementFailed: with the SQLSTATE that the server gave.
        psycopg.OperationalError: the connection is lost.
    """
    pgconn.send_query_params(statement, [parameter])
    ready = poll()
    ready.register(pgconn.socket, POLLIN | POLLOUT)
    while pgconn.flush():
        if _wait(ready, answer_by) & ~POLLOUT:
            pgconn.consume_input()  # the server may wait for us to read before it reads on
    ready.modify(pgconn.socket, POLLIN)
    meanwhile()
    result = _next_result(pgconn, ready, answer_by)
    if result is None:
        raise psycopg.InternalError("no result")
    _read_to_the_end(pgconn, ready, answer_by, has_failed=result.status == ExecStatus.FATAL_ERROR)
    if result.status != ExecStatus.TUPLES_OK:
        state = result.error_field(DiagnosticField.SQLSTATE)
        raise StatementFailed(state.decode() if state else None)
    return result.get_value(0, 0) if result.ntuples else None


def _next_result(pgconn: PGconn, ready: poll, answer_by: float) -> PGresult | None:
    while pgconn.is_busy():
        _wait(ready, answer_by)
        pgconn.consume_input()
    return pgconn.get_result()


def _read_to_the_end(pgconn: PGconn, ready: poll, answer_by: float, *, has_failed: bool) -> None:
    """Until the connection is free for the next statement. What has failed may have cost the connection too."""
    try:
        while _next_result(pgconn, ready, answer_by) is not None:
            pass
    except psycopg.OperationalError:
        if not has_failed:
            raise


def _wait(ready: poll, answer_by: float) -> int:
    """What the socket is ready for. A moment that has passed leaves one look."""
    milliseconds = math.ceil(max(0.0, answer_by - time.monotonic()) * 1_000)
    events = ready.poll(milliseconds)
    if not events:
        raise NoAnswer("no answer")
    return events[0][1]
