"""Statements are prepared once for a connection, and whoever loses what was prepared notices nothing."""

import pytest
from attrs import evolve

from asking.one_connection import connected
from asking.requests import admission, unique
from asking.stores import PostgresStoreUnderTest
from network.proxy import TcpProxy
from orchestrator_adapters.postgres.connection_pool import BoundedConnection
from orchestrator_adapters.postgres.one_value import StatementFailed
from orchestrator_adapters.postgres.settings import PostgresSettings
from orchestrator_domain.decisions import Verdict
from serving import direct_sql

ECHO = b"SELECT upper($1)"
KNOWN = "SELECT name, statement FROM pg_prepared_statements WHERE NOT from_sql"


def known(connection: BoundedConnection) -> list[str]:
    return [statement for _, statement in connection.execute(KNOWN).fetchall()]


def test_a_statement_is_prepared_once_and_others_for_themselves(connection: BoundedConnection) -> None:
    assert [connection.value_of(ECHO, text) for text in "abc"] == ["A", "B", "C"]
    assert known(connection) == [ECHO.decode()]
    assert connection.value_of(b"SELECT lower($1)", "D") == "d"
    assert sorted(known(connection)) == ["SELECT lower($1)", "SELECT upper($1)"]


def test_preparing_takes_no_round_trip_of_its_own(database: PostgresSettings) -> None:
    with TcpProxy(database.host, database.port) as proxy:
        connection = connected(evolve(database, port=proxy.port))
        trips = []
        for text in "abc":
            before = proxy.round_trips
            assert connection.value_of(ECHO, text) == text.upper()
            trips.append(proxy.round_trips - before)
        connection.close()
    assert trips == [1, 1, 1]


def test_a_statement_that_fails_at_first_is_prepared_all_the_same(connection: BoundedConnection) -> None:
    statement = b"SELECT (1 / length($1))::text"
    for _ in range(2):
        with pytest.raises(StatementFailed) as failed:
            connection.value_of(statement, "")
        assert failed.value.sqlstate == "22012"
    assert connection.value_of(statement, "a") == "1"
    assert known(connection) == [statement.decode()]


def test_what_cannot_be_prepared_is_told_by_its_sqlstate_each_time(connection: BoundedConnection) -> None:
    for _ in range(2):
        with pytest.raises(StatementFailed) as failed:
            connection.value_of(b"SELECT no_such_function($1)", "a")
        assert failed.value.sqlstate == "42883"
    assert known(connection) == []
    assert connection.value_of(ECHO, "a") == "A"


def test_where_the_server_has_forgotten_a_name_nothing_is_prepared_any_more(connection: BoundedConnection) -> None:
    assert connection.value_of(ECHO, "a") == "A"
    connection.execute("DEALLOCATE ALL")
    calls: list[str] = []
    assert connection.value_of(ECHO, "b", meanwhile=lambda: calls.append("called")) == "B"
    assert calls == ["called"] * 2, "it was on its way twice"
    assert [connection.value_of(ECHO, text) for text in "cd"] == ["C", "D"]
    assert known(connection) == []


def test_where_the_server_knows_the_name_from_somebody_else_nothing_is_prepared_any_more(
    connection: BoundedConnection, database: PostgresSettings
) -> None:
    assert connection.value_of(ECHO, "a") == "A"
    ((name, _),) = connection.execute(KNOWN).fetchall()
    other = connected(database)
    other.execute(f"PREPARE {name} AS SELECT 'of somebody else'")
    assert [other.value_of(ECHO, text) for text in "bc"] == ["B", "C"]
    other.close()


def test_a_function_that_was_replaced_or_made_anew_is_called_as_it_is_now(
    connection: BoundedConnection, database: PostgresSettings
) -> None:
    call = b"CALL told($1, NULL)"
    told = "PROCEDURE told(asked text, INOUT answer text) LANGUAGE plpgsql AS"
    for made in ("CREATE", "CREATE OR REPLACE"):
        direct_sql.ask(database, f"{made} {told} $$ BEGIN answer := '{made}'; COMMIT; END $$")
        assert connection.value_of(call, "a") == made
    direct_sql.ask(database, "DROP PROCEDURE told")
    with pytest.raises(StatementFailed) as failed:
        connection.value_of(call, "a")
    assert failed.value.sqlstate == "42883"
    direct_sql.ask(database, f"CREATE {told} $$ BEGIN answer := 'anew'; END $$")
    assert connection.value_of(call, "a") == "anew"


def test_an_admission_whose_connection_has_lost_what_was_prepared_is_decided_once(
    postgres_store: PostgresStoreUnderTest,
) -> None:
    campaigns = [postgres_store.put_campaign(unique("c"), campaign_type="sms") for _ in range(3)]
    for campaign in campaigns:
        assert postgres_store.repository.admit(admission(campaign)).verdict is Verdict.ADMITTED
        with postgres_store.doors.pool.connection() as connection:
            connection.execute("DEALLOCATE ALL")
    assert postgres_store.sql(
        "SELECT campaign_id, number FROM campaign_runs WHERE campaign_id = ANY (%s) ORDER BY 1", campaigns
    ) == [(campaign, 1) for campaign in sorted(campaigns)]
