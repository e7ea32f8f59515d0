"""Which notes of a stopped orphan are one: what only a database can be brought to, and what only a clock."""

import time
from concurrent.futures import ThreadPoolExecutor

from asking.requests import ORIGIN
from asking.stores import InMemoryStoreUnderTest, PostgresStoreUnderTest, StoreUnderTest
from serving import direct_sql

NOTE = """
    SELECT campaign_note_orphan('{
        "subject": "pool:sms", "execution_name": "gone-1", "cause": "x",
        "origin": {"source": "s", "request_id": "request-1"}
    }')
"""
LONG_AGO = """
    INSERT INTO campaign_events (campaign_id, at, kind, source, request_id, detail)
    VALUES (
        'pool:sms', now() - interval '11 minutes', 'orphan_stopped', 's', 'request-1',
        '{"execution_name": "gone-1"}'
    )
"""
SECONDS_TO_WAIT = 30


def note(store: StoreUnderTest) -> None:
    store.upkeep_records.note_orphan("sms", "gone-1", run=None, cause="x", origin=ORIGIN)


def noted(store: StoreUnderTest) -> int:
    return [entry.kind for entry in store.repository.history("pool:sms", limit=9)].count("orphan_stopped")


def test_one_that_is_at_its_commit_is_waited_for(postgres_store: PostgresStoreUnderTest) -> None:
    """The connection was lost while the server was at it, and the call is made again over another."""
    settings = postgres_store.settings
    with direct_sql.connect(settings, autocommit=False) as first, ThreadPoolExecutor(1) as other:
        first.execute(NOTE.encode())
        again = other.submit(note, postgres_store)
        give_up = time.monotonic() + SECONDS_TO_WAIT
        while not direct_sql.ask(settings, "SELECT 1 FROM pg_locks WHERE NOT granted"):
            assert time.monotonic() < give_up
            assert not again.done()
            time.sleep(0.01)
        first.commit()
        again.result()
    assert noted(postgres_store) == 1


def test_one_of_long_ago_was_of_another_stop(postgres_store: PostgresStoreUnderTest) -> None:
    postgres_store.sql(LONG_AGO)
    note(postgres_store)
    assert noted(postgres_store) == 2


def test_one_of_long_ago_was_of_another_stop_in_memory_too(memory_store: InMemoryStoreUnderTest) -> None:
    note(memory_store)
    memory_store.clock.advance(11 * 60)
    note(memory_store)
    assert noted(memory_store) == 2
