"""A statement's one value, by libpq's own calls: whole, in time, or told apart by what went wrong."""

import time

import psycopg
import pytest

from asking.one_connection import connected
from orchestrator_adapters.postgres.connection_pool import BoundedConnection
from orchestrator_adapters.postgres.error_causes import CONNECTION_LOST, cause_of
from orchestrator_adapters.postgres.one_value import NoAnswer, StatementFailed
from orchestrator_adapters.postgres.settings import PostgresSettings

ECHO = b"SELECT $1::text"


@pytest.mark.parametrize("text", ["", "a", "é ✓ 𝄞", "x" * 8_000_000], ids=["empty", "one", "unicode", "large"])
def test_a_text_comes_back_whole(connection: BoundedConnection, text: str) -> None:
    assert connection.value_of(ECHO, text) == text
    assert connection.value_of(ECHO, "the next") == "the next"


def test_null_and_no_row_are_nothing(connection: BoundedConnection) -> None:
    assert connection.value_of(b"SELECT NULLIF($1, 'a')", "a") is None
    assert connection.value_of(b"SELECT 1 WHERE $1 = 'b'", "a") is None


def test_a_text_is_sent_and_read_as_the_connection_spells_it(database: PostgresSettings) -> None:
    connection = connected(database, client_encoding="LATIN1")
    assert connection.value_of(ECHO, "é") == "é"
    assert connection.value_of(b"SELECT length($1)::text", "é") == "1"
    connection.close()


def test_what_fails_is_told_by_its_sqlstate_and_leaves_the_connection(connection: BoundedConnection) -> None:
    with pytest.raises(StatementFailed) as failed:
        connection.value_of(b"SELECT 1 / length($1)", "")
    assert failed.value.sqlstate == "22012"
    assert "zero" not in str(failed.value)
    assert connection.value_of(ECHO, "the next") == "the next"


def test_what_fails_in_its_commit_has_failed_though_it_gave_a_value(connection: BoundedConnection) -> None:
    connection.execute("CREATE TEMPORARY TABLE one (id integer)")
    connection.execute(
        "CREATE FUNCTION pg_temp.refuse() RETURNS trigger LANGUAGE plpgsql AS"
        " $$ BEGIN RAISE EXCEPTION 'no' USING ERRCODE = '40001'; END $$"
    )
    connection.execute(
        "CREATE CONSTRAINT TRIGGER late AFTER INSERT ON one DEFERRABLE INITIALLY DEFERRED"
        " FOR EACH ROW EXECUTE FUNCTION pg_temp.refuse()"
    )
    with pytest.raises(StatementFailed) as failed:
        connection.value_of(b"INSERT INTO one VALUES ($1) RETURNING id::text", "1")
    assert failed.value.sqlstate == "40001"
    assert connection.value_of(b"SELECT count(*)::text FROM one WHERE $1 = ''", "") == "0"


def test_nothing_is_no_result(connection: BoundedConnection) -> None:
    with pytest.raises(psycopg.DatabaseError):
        connection.value_of(b"")
    assert connection.value_of(ECHO, "the next") == "the next"


def test_a_server_that_does_not_answer_is_given_up_on_in_time(connection: BoundedConnection) -> None:
    began = time.monotonic()
    connection.answer_by = began + 0.2
    with pytest.raises(NoAnswer):
        connection.value_of(b"SELECT pg_sleep(30)::text || $1", "a")
    assert connection.pgconn.transaction_status == psycopg.pq.TransactionStatus.ACTIVE


def test_a_moment_that_has_passed_is_no_answer(connection: BoundedConnection) -> None:
    connection.answer_by = time.monotonic() - 1
    with pytest.raises(NoAnswer):
        connection.value_of(b"SELECT pg_sleep(30)::text || $1", "a")


def test_a_connection_that_is_lost_on_the_way_is_lost(connection: BoundedConnection) -> None:
    with pytest.raises(psycopg.Error) as lost:
        connection.value_of(b"SELECT pg_terminate_backend(pg_backend_pid())::text || $1", "a")
    assert cause_of(lost.value) == CONNECTION_LOST
    with pytest.raises(psycopg.OperationalError) as closed:
        connection.value_of(ECHO, "a")
    assert cause_of(closed.value) == CONNECTION_LOST
