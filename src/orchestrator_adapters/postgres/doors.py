"""Calls the functions of the database, one call for each transition, in autocommit."""

import json
import random
import time
from collections.abc import Callable, Sequence
from typing import Any, Final

import psycopg
from attrs import frozen
from psycopg.pq import TransactionStatus
from psycopg_pool import PoolTimeout

from orchestrator_adapters.credentials import CredentialsUnavailable
from orchestrator_adapters.postgres.connection_pool import BoundedConnection, BoundedPool
from orchestrator_adapters.postgres.error_causes import NO_ANSWER, Cause, Repeat, cause_of
from orchestrator_adapters.postgres.storable_json import storable_json, storable_texts
from orchestrator_domain import budgets
from orchestrator_domain.errors import StoreUnavailable
from orchestrator_domain.once import nothing

MOST_CALLS: Final = 3
DECODER: Final = json.JSONDecoder()
LONGEST_PAUSE_SECONDS: Final = 0.1
SHORTEST_REPEAT_SECONDS: Final = 1.2
"""A call is made again only while this is left: as long as the functions wait for a lock, and the way."""


@frozen(eq=False, repr=False)
class Doors:
    """The way to the database's functions. Each takes a JSON object and gives a JSON value.

    Every function recognises its own repetition, or compares before it sets. So a call whose connection was lost is
    made again, once, over a fresh connection, and one that lost a race for a lock is made again up to twice; all
    within one budget (budgets.STORE_SECONDS).
    """

    pool: BoundedPool

    def call(
        self,
        function: str,
        request: dict[str, Any],
        *,
        meanwhile: Callable[[], object] = nothing,
    ) -> Any:
        """The function's JSON value. ``function`` is a name of our own, never input.

        ``meanwhile``: called whenever the request is on its way, before its answer is waited for.

        Raises:
            StoreUnavailable: with a stable word for the cause.
        """
        return self._ask(f"SELECT {function}($1)::text".encode(), (storable_json(request),), meanwhile)

    def carry_out(self, call: bytes, parameters: Sequence[str | None]) -> Any:
        """The JSON value of a procedure, which commits by itself. ``call`` is a statement of our own, never input.

        Raises:
            StoreUnavailable: with a stable word for the cause.
        """
        return self._ask(call, storable_texts(parameters), nothing)

    def _ask(self, statement: bytes, parameters: Sequence[str | None], meanwhile: Callable[[], object]) -> Any:
        began = time.monotonic()
        cause, answer_by = NO_ANSWER, began + budgets.STORE_SECONDS
        for _ in range(MOST_CALLS):
            try:
                return self._call_once(statement, parameters, answer_by, meanwhile)
            except CredentialsUnavailable as error:
                cause = Cause(error.cause)
                break
            except psycopg.Error as error:
                repeated_on_fresh = cause.repeat is Repeat.FRESH_CONNECTION
                cause = self._cause_of(error, began)
                if cause.repeat is Repeat.NEVER or (repeated_on_fresh and cause.repeat is Repeat.FRESH_CONNECTION):
                    break
                if answer_by - time.monotonic() < SHORTEST_REPEAT_SECONDS:
                    break
                if cause.repeat is Repeat.SAME_CONNECTION:
                    # Those that have met once do not meet again at once.
                    time.sleep(random.uniform(0.0, LONGEST_PAUSE_SECONDS))  # noqa: S311 - spreads, and keeps no secret
        # Without the chain: what the driver says may quote values of the statement.
        raise StoreUnavailable(cause=cause.word) from None

    def _call_once(
        self, statement: bytes, parameters: Sequence[str | None], answer_by: float, meanwhile: Callable[[], object]
    ) -> Any:
        if self.pool.closed:
            self.pool.open()
        if self.pool.credentials is not None:
            # Here and not only in the pool's thread, whose work is waited for no longer than a connection takes.
            self.pool.credentials.get()
        connection = self.pool.getconn(timeout=min(self.pool.wait_seconds, answer_by - time.monotonic()))
        connection.answer_by = answer_by
        try:
            value = connection.value_of(statement, *parameters, meanwhile=meanwhile)
        except psycopg.Error as error:
            if _is_spoiled(connection, cause_of(error)):
                connection.close()
                self._forget_idle_connections()
            raise
        finally:
            connection.answer_by = None
            self.pool.putconn(connection)
        return None if value is None else DECODER.raw_decode(value)[0]

    def _cause_of(self, error: psycopg.Error, began: float) -> Cause:
        if isinstance(error, PoolTimeout):
            return Cause(self.pool.refusals.since(began))
        return cause_of(error)

    def _forget_idle_connections(self) -> None:
        """One lost connection means that its idle neighbours, which knew the same server, are stale too."""
        self.pool.drain()

    def close(self) -> None:
        """Close the connections. An unclosed pool can hold up the interpreter's exit."""
        if not self.pool.closed:
            self.pool.close(timeout=1.0)


def _is_spoiled(connection: BoundedConnection, cause: Cause) -> bool:
    busy = connection.pgconn.transaction_status != TransactionStatus.IDLE  # a number, where psycopg is compiled
    return busy or cause.repeat is Repeat.FRESH_CONNECTION
