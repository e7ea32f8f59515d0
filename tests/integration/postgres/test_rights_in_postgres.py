"""The roles that the functions log in with: everything else here uses them; this is what they must not do."""

import re
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from attrs import evolve, frozen

from asking.requests import admission, unique
from asking.stores import PostgresStoreUnderTest
from campaign_orchestrator.local.contact_tables import create_contact_tables
from campaign_orchestrator.local.run_time_users import DISPATCHER, ORCHESTRATOR, ROLES
from orchestrator_adapters.postgres.migrate import migrate
from orchestrator_adapters.postgres.settings import PostgresSettings
from orchestrator_domain.decisions import Verdict
from orchestrator_domain.ports.run_claims import Claim
from serving import direct_sql

ADAPTER = Path(__file__).parents[3] / "src" / "orchestrator_adapters" / "postgres"
SEALED = "prosecdef AND proname LIKE 'campaign\\_%%'"


@frozen(kw_only=True)
class Owned:
    """A database whose tables belong to a plain role of its own."""

    superuser: PostgresSettings
    owner: PostgresSettings


@pytest.fixture
def owned(empty_database: PostgresSettings) -> Iterator[Owned]:
    """As in production: the owner of the tables is no superuser either."""
    name = unique("owner").replace("-", "_")
    direct_sql.ask(empty_database, f"CREATE ROLE {name} LOGIN PASSWORD '{empty_database.password}'")
    direct_sql.ask(empty_database, f"ALTER DATABASE {empty_database.dbname} OWNER TO {name}")
    owner = evolve(empty_database, user=name)
    migrate(owner, ROLES)
    create_contact_tables(owner, DISPATCHER)
    yield Owned(superuser=empty_database, owner=owner)
    direct_sql.ask(empty_database, f"REASSIGN OWNED BY {name} TO CURRENT_USER")
    direct_sql.ask(empty_database, f"DROP OWNED BY {name}")
    direct_sql.ask(empty_database, f"DROP ROLE {name}")


OF_NOBODY = [
    "CREATE TABLE mine (id integer)",
    "CREATE FUNCTION mine() RETURNS integer LANGUAGE sql AS 'SELECT 1'",
    "CREATE SCHEMA mine",
    "CREATE ROLE mine",
    "DROP TABLE campaign_runs",
    "TRUNCATE campaign_events",
    "DELETE FROM campaign_runs",
    "UPDATE campaign_runs SET state = 'ended'",
    "SELECT * FROM campaign_runs",
    "SELECT * FROM campaign_requests",
    "INSERT INTO campaign_events (campaign_id, at, kind, source) VALUES ('c', now(), 'forged', 'me')",
    "UPDATE campaigns SET status = 'completed'",
    "DELETE FROM campaigns",
    "INSERT INTO campaigns (id, name, type) VALUES ('c', 'N', 'sms')",
    "UPDATE campaign_pools SET max_live = 1000",
    "UPDATE campaign_schema_migrations SET checksum = 'x'",
    "DELETE FROM campaign_contacts",
    "INSERT INTO campaign_contacts (campaign_id, contact_id, phone) SELECT 'c', 'd', phone FROM opt_outs",
    "UPDATE campaign_contacts SET phone = contact_id",
    "DELETE FROM opt_outs",
    "SELECT phone, body FROM recorded_messages",
    "DELETE FROM recorded_calls",
    "ALTER FUNCTION campaign_end_run(jsonb) SECURITY INVOKER",
    "SET ROLE postgres",
    "COPY campaigns TO PROGRAM 'true'",
]
OF_DISPATCHERS_ONLY = ["SELECT * FROM campaign_contacts", "SELECT * FROM opt_outs", "SELECT campaign_claim('{}')"]
A_START = f"('c', 'k', 'h', 'start', false, 'active', '{{draft}}', '1', 'me', {'NULL, ' * 3}1, '{{}}'"
OF_THE_ORCHESTRATOR_ONLY = [
    f"SELECT campaign_admit_run{A_START})",
    f"CALL campaign_admit_run_durably{A_START}, NULL)",
    "SELECT campaign_admit('{}')",
    "SELECT campaign_change_pools('{}')",
]
OF_EARLIER_VERSIONS = {"campaign_admit", "campaign_admit_durably"}


@pytest.mark.parametrize(
    ("user", "refused"),
    [(ORCHESTRATOR, [*OF_NOBODY, *OF_DISPATCHERS_ONLY]), (DISPATCHER, [*OF_NOBODY, *OF_THE_ORCHESTRATOR_ONLY])],
)
def test_what_a_role_does_not_need_is_refused(owned: Owned, user: str, refused: list[str]) -> None:
    with direct_sql.connect(evolve(owned.superuser, user=user)) as connection:
        for statement in refused:
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute(statement.encode())


def test_the_roles_do_their_work_where_the_owner_is_a_plain_role(owned: Owned) -> None:
    store = PostgresStoreUnderTest(owned.superuser)
    run = store.repository.admit(admission(store.put_campaign(unique("c")))).run
    assert run is not None
    assert isinstance(store.run_claims.claim(run.identity, run_id=run.run_id, claimant="me", attempt=1), Claim)
    store.close()


def test_nobody_else_may_call_what_runs_with_the_owners_rights(owned: Owned) -> None:
    """And nothing runs so that the code does not call, nor looks a name up in a schema of the caller's."""
    rows = direct_sql.ask(owned.superuser, f"SELECT proname, proconfig, proacl::text FROM pg_proc WHERE {SEALED}")
    calls = OF_EARLIER_VERSIONS | set(
        re.findall(r'"(campaign_[a-z_]+)"', "\n".join(one.read_text() for one in ADAPTER.glob("*.py")))
    )
    procedures = direct_sql.ask(owned.superuser, "SELECT proname, prosrc FROM pg_proc WHERE prokind = 'p'")
    for name, body in procedures:
        assert name in calls
        calls.update(re.findall(r":= (campaign_[a-z_]+)\(", body))
    assert {name for name, _, _ in rows} <= calls
    assert len(rows) > 20
    for name, configuration, rights in rows:
        assert "search_path=public, pg_temp" in configuration, name
        granted = {one.split("=")[0]: one for one in rights.strip("{}").split(",")}
        claims = name in ("campaign_claim", "campaign_begin_batch", "campaign_end_batch", "campaign_finish")
        assert granted.keys() == {owned.owner.user, DISPATCHER if claims else ORCHESTRATOR}, name


def test_a_function_that_was_replaced_is_sealed_again(owned: Owned) -> None:
    direct_sql.ask(owned.owner, "UPDATE campaign_schema_migrations SET checksum = 'old' WHERE name LIKE 'doors/%%'")
    before = direct_sql.ask(owned.owner, f"SELECT count(*) FROM pg_proc WHERE {SEALED}")
    assert migrate(owned.owner).applied
    assert direct_sql.ask(owned.owner, f"SELECT count(*) FROM pg_proc WHERE {SEALED}") == before
    store = PostgresStoreUnderTest(owned.superuser)
    campaign = store.put_campaign(unique("c"))
    assert store.repository.admit(admission(campaign)).verdict is Verdict.ADMITTED
    store.close()


def test_a_function_that_takes_the_place_of_another_may_be_called_by_whoever_might_call_that(owned: Owned) -> None:
    """Also where a migration is not told of the roles, as an earlier one was."""
    with direct_sql.connect(owned.owner) as connection:
        for routine in ("PROCEDURE campaign_admit_run_durably", "FUNCTION campaign_admit_run"):
            connection.execute(f"DROP {routine}".encode())
        connection.execute("UPDATE campaign_schema_migrations SET checksum = 'old' WHERE name LIKE 'doors/4%'")
    assert migrate(owned.owner).applied == ("doors/40_admit.sql", "doors/41_admit_of_earlier_versions.sql")
    store = PostgresStoreUnderTest(owned.superuser)
    assert store.repository.admit(admission(store.put_campaign(unique("c")))).verdict is Verdict.ADMITTED
    store.close()
    with direct_sql.connect(evolve(owned.superuser, user=DISPATCHER)) as connection:
        for statement in OF_THE_ORCHESTRATOR_ONLY:
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute(statement.encode())


def test_a_table_of_the_callers_own_does_not_take_the_place_of_ours(owned: Owned) -> None:
    """A temporary table is found first where no search path is pinned."""
    with direct_sql.connect(evolve(owned.superuser, user=ORCHESTRATOR)) as connection:
        connection.execute("CREATE TEMPORARY TABLE campaign_schema_migrations (name text, checksum text)")
        ((applied,),) = connection.execute("SELECT campaign_applied_scripts('{}')").fetchall()
    assert len(applied) > 10
