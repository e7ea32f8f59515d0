"""What has begun, in the pool's row, without what has ended, in its shards: the live runs (I1)."""

from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest

from asking.counted_runs import ALL_ENDS_KNOWN, COUNTED, END, KNOWN_TOO_HIGH, LIVE
from asking.requests import POOLS, SMS_LIMIT, admission, end_of, unique
from asking.stores import PostgresStoreUnderTest
from asking.waiting import until_a_lock_is_waited_for
from orchestrator_domain.decisions import Verdict
from orchestrator_domain.run import Run, RunOutcome
from serving import direct_sql

BEGINS = "UPDATE campaign_pools SET begun = begun + 1 WHERE name = 'sms'"
BY_HAND = (
    "INSERT INTO campaign_runs SELECT (jsonb_populate_record(r,"
    """ '{"campaign_id": "another", "execution_name": "another", "counted_in": null}')).*"""
    " FROM campaign_runs r WHERE state <> 'ended' LIMIT 1"
)


def admitted(store: PostgresStoreUnderTest) -> Run:
    run = store.repository.admit(admission(store.put_campaign(unique("c")))).run
    assert run is not None
    return run


def start(store: PostgresStoreUnderTest) -> Verdict:
    return store.repository.admit(admission(store.put_campaign(unique("c")))).verdict


@pytest.fixture(
    params=[ALL_ENDS_KNOWN, "UPDATE campaign_pools SET ended_at_least = NULL RETURNING name"],
    ids=["ends known", "ends forgotten"],
)
def store(postgres_store: PostgresStoreUnderTest, request: pytest.FixtureRequest) -> PostgresStoreUnderTest:
    """With a run that has ended, and two that live; the end is in the pool's row, or only in its shards."""
    postgres_store.repository.end_run(end_of(admitted(postgres_store)))
    for _ in range(SMS_LIMIT - 1):
        admitted(postgres_store)
    postgres_store.sql(request.param)
    return postgres_store


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM campaign_pools WHERE name = 'sms'",
        "TRUNCATE campaign_pools",
        "UPDATE campaign_pools SET name = 'other' WHERE name = 'sms'",
        "UPDATE campaign_pools SET name = 'a' WHERE name = 'sms'; UPDATE campaign_pools SET name = 'sms'"
        " WHERE name = 'a'",
    ],
)
def test_a_pool_s_row_may_go_and_its_runs_are_counted_on(store: PostgresStoreUnderTest, statement: str) -> None:
    with direct_sql.connect(store.settings) as sql:
        sql.execute(statement.encode())
    assert store.sql(COUNTED) == store.sql(LIVE) == [("sms", SMS_LIMIT - 1)]
    assert [start(store) for _ in range(2)] == [Verdict.ADMITTED, Verdict.RESOURCE_LIMIT_REACHED]
    assert store.sql(COUNTED) == store.sql(LIVE) == [("sms", SMS_LIMIT)]


def test_a_pool_may_get_the_name_of_one_whose_runs_live_on(store: PostgresStoreUnderTest) -> None:
    """What has ended in the one has not ended in the other."""
    with direct_sql.connect(store.settings) as sql:
        sql.execute(ALL_ENDS_KNOWN)
        sql.execute("DELETE FROM campaign_pools WHERE name = 'sms'")
        sql.execute("UPDATE campaign_pools SET name = 'sms' WHERE name = 'voice'")
    assert store.sql(KNOWN_TOO_HIGH) == []
    assert [start(store) for _ in range(2)] == [Verdict.ADMITTED, Verdict.RESOURCE_LIMIT_REACHED]
    assert store.sql(COUNTED) == store.sql(LIVE) == [("sms", SMS_LIMIT)]


def test_a_row_that_is_put_back_knows_of_no_end(store: PostgresStoreUnderTest) -> None:
    with direct_sql.connect(store.settings) as sql:
        sql.execute("CREATE TEMPORARY TABLE kept AS SELECT * FROM campaign_pools")
        assert start(store) is Verdict.ADMITTED
        sql.execute("DELETE FROM campaign_pools")
        sql.execute("INSERT INTO campaign_pools SELECT * FROM kept")
    assert store.sql(KNOWN_TOO_HIGH) == []
    assert start(store) is Verdict.RESOURCE_LIMIT_REACHED


def test_a_row_knows_of_no_more_ends_than_begins(store: PostgresStoreUnderTest) -> None:
    """Also where something had passed the triggers over, so that fewer than none seemed to live."""
    with direct_sql.connect(store.settings) as sql:
        sql.execute(f"UPDATE campaign_runs SET {END}".encode())
        sql.execute("SET session_replication_role = replica")
        sql.execute("UPDATE campaign_pools SET begun = 0, ended_at_least = NULL WHERE name = 'sms'")
    assert start(store) is Verdict.ADMITTED
    with direct_sql.connect(store.settings) as sql:
        sql.execute("TRUNCATE campaign_runs")
    assert store.sql(KNOWN_TOO_HIGH) == []
    assert [start(store) for _ in range(SMS_LIMIT + 1)][-2:] == [Verdict.ADMITTED, Verdict.RESOURCE_LIMIT_REACHED]


def test_what_has_ended_is_read_when_a_pool_looks_full_and_not_before(store: PostgresStoreUnderTest) -> None:
    known = "SELECT ended_at_least FROM campaign_pools WHERE name = 'sms'"
    store.sql(ALL_ENDS_KNOWN)
    run = admitted(store)
    assert store.sql(known) == [(1,)]
    store.repository.end_run(end_of(run))
    assert store.sql(known) == [(1,)]
    run = admitted(store)
    assert store.sql(known) == [(2,)]
    assert start(store) is Verdict.RESOURCE_LIMIT_REACHED


def test_a_table_of_runs_that_is_emptied_has_none(store: PostgresStoreUnderTest) -> None:
    with direct_sql.connect(store.settings) as sql:
        sql.execute("TRUNCATE campaign_runs")
    assert store.sql(COUNTED) == []
    assert [start(store) for _ in range(SMS_LIMIT + 1)] == [
        *[Verdict.ADMITTED] * SMS_LIMIT,
        Verdict.RESOURCE_LIMIT_REACHED,
    ]


@pytest.mark.parametrize("table", ["campaign_runs", "campaign_pools"])
def test_a_table_is_not_emptied_on_what_was_true_before(store: PostgresStoreUnderTest, table: str) -> None:
    with direct_sql.connect(store.settings) as sql, pytest.raises(psycopg.Error, match="READ COMMITTED only"):
        sql.execute(f"BEGIN ISOLATION LEVEL REPEATABLE READ; TRUNCATE {table}".encode())


def test_a_copy_of_a_run_is_another_run(store: PostgresStoreUnderTest) -> None:
    """Its row says which transaction has counted it, and that is not the one that copies it."""
    with direct_sql.connect(store.settings) as sql:
        sql.execute("CREATE TEMPORARY TABLE kept AS SELECT * FROM campaign_runs")
        sql.execute("DELETE FROM campaign_runs")
        assert sql.execute(COUNTED.encode()).fetchall() == []
        sql.execute("INSERT INTO campaign_runs SELECT * FROM kept")
    assert store.sql(COUNTED) == store.sql(LIVE) == [("sms", SMS_LIMIT - 1)]


def test_the_usage_of_a_pool_is_its_live_runs(store: PostgresStoreUnderTest) -> None:
    usage = {usage.name: usage.active for usage in store.repository.pool_usage(POOLS, holders_wanted=0)}
    assert usage == {"sms": SMS_LIMIT - 1, "voice": 0}
    assert start(store) is Verdict.ADMITTED
    refusal = store.repository.admit(admission(store.put_campaign(unique("c"))))
    assert refusal.usage is not None
    assert (refusal.usage.active, refusal.usage.limit) == (SMS_LIMIT, SMS_LIMIT)


@pytest.mark.parametrize(
    "begins", [BEGINS, f"SELECT campaign_lock_pool('sms'); {BY_HAND}"], ids=["admitted", "by hand"]
)
def test_the_last_slot_is_taken_once(store: PostgresStoreUnderTest, begins: str) -> None:
    """Whoever has waited for the pool's row compares what it then holds, and not what it held before."""
    asked = admission(store.put_campaign(unique("c")))
    with ThreadPoolExecutor(1) as threads, direct_sql.connect(store.settings, autocommit=False) as first:
        first.execute(begins.encode())
        second = threads.submit(store.repository.admit, asked)
        until_a_lock_is_waited_for(store.settings)
        first.commit()
        assert second.result().verdict is Verdict.RESOURCE_LIMIT_REACHED


def test_a_slot_that_is_freed_meanwhile_is_found(store: PostgresStoreUnderTest) -> None:
    """A pool that looks full is counted again behind its lock."""
    run = admitted(store)
    asked = admission(store.put_campaign(unique("c")))
    with ThreadPoolExecutor(1) as threads, direct_sql.connect(store.settings, autocommit=False) as holder:
        holder.execute("SELECT FROM campaign_pools WHERE name = 'sms' FOR NO KEY UPDATE")
        starting = threads.submit(store.repository.admit, asked)
        until_a_lock_is_waited_for(store.settings)
        store.repository.end_run(end_of(run))
        holder.commit()
        assert starting.result().verdict is Verdict.ADMITTED
    assert store.sql(COUNTED) == store.sql(LIVE) == [("sms", SMS_LIMIT)]


@pytest.mark.parametrize(
    "change",
    [
        "state = 'asleep'",
        "number = 0",
        "state = 'ended'",
        "state = 'ended', ended_at = now()",
        "state = 'ended', outcome = 'failed'",
        "ended_at = now()",
        "outcome = 'failed'",
    ],
)
def test_what_no_run_can_be_is_refused(store: PostgresStoreUnderTest, change: str) -> None:
    with direct_sql.connect(store.settings) as sql:
        with pytest.raises(psycopg.errors.CheckViolation):
            sql.execute(f"UPDATE campaign_runs SET {change} WHERE state <> 'ended'".encode())
        sql.execute("CREATE TEMPORARY TABLE changed AS SELECT * FROM campaign_runs WHERE state <> 'ended' LIMIT 1")
        sql.execute(f"UPDATE changed SET campaign_id = 'another', execution_name = 'another', {change}".encode())
        with pytest.raises(psycopg.errors.CheckViolation):
            sql.execute("INSERT INTO campaign_runs SELECT * FROM changed")


def test_the_key_of_a_run_that_was_given_back_is_free(store: PostgresStoreUnderTest) -> None:
    campaign = store.put_campaign(unique("c"))
    asked = admission(campaign, key="k")
    run = store.repository.admit(asked).run
    assert run is not None
    store.repository.end_run(end_of(run, RunOutcome.RETURNED))
    again = store.repository.admit(admission(campaign, key="k"))
    assert (again.verdict, again.replayed) == (Verdict.ADMITTED, False)
    once_more = store.repository.admit(admission(campaign, key="k"))
    assert (once_more.verdict, once_more.replayed) == (Verdict.ADMITTED, True)
    assert once_more.run is not None
    assert once_more.run.number == run.number + 1


def test_code_of_an_earlier_version_is_answered_in_the_form_that_it_knows(store: PostgresStoreUnderTest) -> None:
    asked = """{
        "campaign_id": "asked", "action": "start", "allowed_from": ["draft"], "status_to": "active", "key": "k",
        "content_hash": "h", "origin": {"source": "test"}, "run_id": "%s", "resumes": false, "holders_wanted": 5,
        "limits": {"sms": 3}, "routes": {"sms": {"pool": "sms", "envelope": {}, "merged_from_config": [],
        "max_input_bytes": 1000, "claim_window_seconds": 60}}
    }"""
    store.put_campaign("asked")
    ((first,),) = store.sql("SELECT campaign_admit(%s)", asked % "1")
    assert first.pop("at") < first.pop("not_after")
    assert first.pop("dispatch_input").startswith("{")
    assert first == {
        "campaign_id": "asked",
        "campaign_type": "sms",
        "number": 1,
        "pool": "sms",
        "execution_name": "asked-1-1",
        "resumed_from": None,
        "previous_status": "draft",
        "active": None,
        "limit": None,
        "limit_is_stored": None,
    }
    ((second,),) = store.sql("CALL campaign_admit_durably(%s, NULL)", asked % "2")
    assert (second["verdict"], second["replayed"]) == ("admitted", True)
