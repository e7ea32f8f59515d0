"""Statements that the server has parsed and analysed once for a connection, and then only carries out.

Its work for each call is the less for it (docs/decisions/0016-statements-are-prepared.md).
"""

import hashlib
from collections.abc import Sequence
from typing import Final

import psycopg
from attrs import define, field
from psycopg import generators
from psycopg.abc import PQGen
from psycopg.pq import ExecStatus
from psycopg.pq.abc import PGconn, PGresult

NAME_IS_UNKNOWN: Final = "26000"
"""SQLSTATE invalid_sql_statement_name (https://www.postgresql.org/docs/current/errcodes-appendix.html)."""
NAME_IS_TAKEN: Final = "42P05"
"""SQLSTATE duplicate_prepared_statement."""


@define(eq=False, repr=False)
class PreparedStatements:
    """The statements of one connection; each is prepared as it is first sent, in the same round trip.

    By messages of the protocol, which RDS Proxy and newer PgBouncers see through, and not by PREPARE, for which RDS
    Proxy pins the connection (https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/rds-proxy-pinning.html). An
    older pooler that gives each transaction a server process of its choice gives us one that has not met the
    statement, or has met it through somebody else. Each is named by its text, so a name never means another one.
    """

    pgconn: PGconn
    _names: dict[bytes, bytes] | None = field(factory=dict, init=False)
    """By statement. None: the server process changes, and nothing is prepared any more."""

    def send(self, statement: bytes, parameters: Sequence[bytes | None]) -> PQGen[list[PGresult]]:
        """Send the statement with its parameters. Gives the steps that fetch its results.

        Raises psycopg.OperationalError: the connection is lost.
        """
        names = self._names
        if names is None:
            self.pgconn.send_query_params(statement, parameters)
        elif name := names.get(statement):
            self.pgconn.send_query_prepared(name, parameters)
        else:
            name = b"campaign_orchestrator_" + hashlib.sha256(statement).hexdigest()[:16].encode()
            # In a pipeline of the two, for they are one round trip then.
            self.pgconn.enter_pipeline_mode()
            self.pgconn.send_prepare(name, statement)
            self.pgconn.send_query_prepared(name, parameters)
            self.pgconn.pipeline_sync()
            return self._first_results(statement, name, names)
        results: PQGen[list[PGresult]] = generators.fetch_many(self.pgconn)
        return results

    def give_up_if_missed(self, sqlstate: str | None) -> bool:
        """Prepare nothing any more, if a statement has failed for its name alone. Gives whether it has: it was not
        carried out, and can be sent again.
        """
        if self._names is None or sqlstate not in (NAME_IS_UNKNOWN, NAME_IS_TAKEN):
            return False
        self._names = None
        return True

    def _first_results(self, statement: bytes, name: bytes, names: dict[bytes, bytes]) -> PQGen[list[PGresult]]:
        results: list[PGresult] = []
        while not results or results[-1].status != ExecStatus.PIPELINE_SYNC:
            if not (some := (yield from generators.fetch_many(self.pgconn))):
                raise psycopg.OperationalError("the connection is lost")
            results += some
        self.pgconn.exit_pipeline_mode()
        preparation, *others, _ = results
        if preparation.status != ExecStatus.COMMAND_OK:
            return [preparation]
        names[statement] = name
        return others
