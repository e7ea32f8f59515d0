"""Where ids are UUIDs, a campaign may be asked for in capitals or without hyphens: it is the same campaign."""

from collections.abc import Iterator
from hashlib import sha256

import pytest

from asking.requests import admission, stopping
from asking.stores import PostgresStoreUnderTest
from campaign_orchestrator.local.run_time_users import ROLES
from orchestrator_adapters.postgres.migrate import migrate
from orchestrator_adapters.postgres.settings import PostgresSettings
from orchestrator_domain.campaign import Action
from orchestrator_domain.decisions import Verdict
from serving import direct_sql

CAMPAIGN = "abcdefab-cdef-abcd-efab-cdefabcdefab"
SPELLINGS = {"as stored": CAMPAIGN, "in capitals": CAMPAIGN.upper(), "without hyphens": CAMPAIGN.replace("-", "")}
CREATED = """
    CREATE TABLE campaigns (
        id uuid PRIMARY KEY, name text, type text, status text, config jsonb, timezone text, updated_at timestamptz
    )
"""


@pytest.fixture
def store(empty_database: PostgresSettings) -> Iterator[PostgresStoreUnderTest]:
    """With an adopted table whose ids are UUIDs, and a campaign in it."""
    with direct_sql.connect(empty_database) as connection:
        connection.execute(CREATED)
    migrate(empty_database, ROLES)
    store = PostgresStoreUnderTest(empty_database)
    store.put_campaign(CAMPAIGN)
    yield store
    store.close()


def stored_by_an_earlier_version(store: PostgresStoreUnderTest, spelled: str, action: Action) -> None:
    """With another hash; and the key of what was admitted was not kept in the run's row."""
    content_hash = sha256(f"{spelled}\n{action.value}".encode()).hexdigest()
    store.sql(
        "WITH admitted AS (UPDATE campaign_runs SET request_hash = NULL WHERE request_key = 'k' RETURNING *)"
        " INSERT INTO campaign_requests (campaign_id, key, content_hash, decision, run_number)"
        """ SELECT campaign_id, 'k', '', '{"verdict": "admitted"}', number FROM admitted"""
    )
    assert store.sql("UPDATE campaign_requests SET content_hash = %s WHERE key = 'k' RETURNING key", content_hash)


@pytest.mark.parametrize("again", SPELLINGS.values(), ids=SPELLINGS)
@pytest.mark.parametrize("first", SPELLINGS.values(), ids=SPELLINGS)
def test_the_same_stop_again_when_the_row_has_vanished(
    store: PostgresStoreUnderTest, first: str, again: str
) -> None:
    store.repository.admit(admission(CAMPAIGN))
    store.delete_campaign(CAMPAIGN)
    decisions = [store.repository.begin_stopping(stopping(spelled, key="k")) for spelled in (first, again)]
    assert [decision.verdict for decision in decisions] == [Verdict.STOPPING, Verdict.STOPPING]
    assert [decision.replayed for decision in decisions] == [False, True]
    assert [entry.kind for entry in store.repository.history(again, limit=9)] == [
        "start_admitted",
        "stop_requested",
    ]


@pytest.mark.parametrize("again", SPELLINGS.values(), ids=SPELLINGS)
@pytest.mark.parametrize("first", SPELLINGS.values(), ids=SPELLINGS)
def test_the_same_start_again(store: PostgresStoreUnderTest, first: str, again: str) -> None:
    decisions = [store.repository.admit(admission(spelled, key="k")) for spelled in (first, again)]
    assert [(decision.verdict, decision.replayed) for decision in decisions] == [
        (Verdict.ADMITTED, False),
        (Verdict.ADMITTED, True),
    ]


@pytest.mark.parametrize("again", SPELLINGS.values(), ids=SPELLINGS)
def test_the_same_start_again_when_the_row_has_vanished(store: PostgresStoreUnderTest, again: str) -> None:
    store.repository.admit(admission(CAMPAIGN, key="k"))
    store.delete_campaign(CAMPAIGN)
    decision = store.repository.admit(admission(again, key="k"))
    assert (decision.verdict, decision.replayed) == (Verdict.ADMITTED, True)


@pytest.mark.parametrize("again", SPELLINGS.values(), ids=SPELLINGS)
def test_another_action_under_the_key_is_another_request(store: PostgresStoreUnderTest, again: str) -> None:
    store.repository.admit(admission(CAMPAIGN, key="k"))
    decision = store.repository.begin_stopping(stopping(again, key="k"))
    assert decision.verdict is Verdict.IDEMPOTENCY_KEY_REUSED


@pytest.mark.parametrize("spelled", SPELLINGS.values(), ids=SPELLINGS)
def test_a_key_of_an_earlier_version_is_known(store: PostgresStoreUnderTest, spelled: str) -> None:
    store.repository.admit(admission(spelled, key="k"))
    stored_by_an_earlier_version(store, spelled, Action.START)
    again = store.repository.admit(admission(spelled, key="k"))
    assert (again.verdict, again.replayed) == (Verdict.ADMITTED, True)


@pytest.mark.parametrize("spelled", SPELLINGS.values(), ids=SPELLINGS)
def test_a_stop_s_key_of_an_earlier_version_is_known(store: PostgresStoreUnderTest, spelled: str) -> None:
    store.repository.begin_stopping(stopping(spelled, key="k"))
    stored_by_an_earlier_version(store, spelled, Action.STOP)
    again = store.repository.begin_stopping(stopping(spelled, key="k"))
    assert (again.verdict, again.replayed) == (Verdict.STOPPING, True)


def test_another_action_under_a_key_of_an_earlier_version_is_another_request(store: PostgresStoreUnderTest) -> None:
    spelled = CAMPAIGN.upper()
    store.repository.admit(admission(spelled, key="k"))
    stored_by_an_earlier_version(store, spelled, Action.START)
    decision = store.repository.begin_stopping(stopping(spelled, key="k"))
    assert decision.verdict is Verdict.IDEMPOTENCY_KEY_REUSED


def test_texts_that_look_like_one_uuid_are_campaigns_of_their_own(postgres_store: PostgresStoreUnderTest) -> None:
    for spelled in SPELLINGS.values():
        postgres_store.put_campaign(spelled)
        decision = postgres_store.repository.begin_stopping(stopping(spelled, key="k"))
        assert (decision.verdict, decision.replayed) == (Verdict.STOPPING, False)
