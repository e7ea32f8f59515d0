"""Text that no text of PostgreSQL can hold is stored with a replacement, and is no outage."""

import json

import pytest
from attrs import evolve

from asking.requests import admission, end_of, unique
from asking.stores import PostgresStoreUnderTest
from orchestrator_adapters.postgres.storable_json import storable_json
from orchestrator_domain.decisions import Verdict

UNSTORABLE = ["a\x00b", "a\ud800b", "a\udc00b"]


@pytest.mark.parametrize("text", UNSTORABLE)
def test_a_cause(postgres_store: PostgresStoreUnderTest, text: str) -> None:
    run = postgres_store.repository.admit(admission(postgres_store.put_campaign(unique("c")))).run
    assert run is not None
    ended = postgres_store.repository.end_run(end_of(run, cause=text)).run
    assert ended is not None
    assert ended.cause == "a\ufffdb"
    assert postgres_store.repository.history(run.campaign_id, limit=1)[0].cause == "a\ufffdb"


@pytest.mark.parametrize("text", UNSTORABLE)
def test_who_asks_for_an_admission(postgres_store: PostgresStoreUnderTest, text: str) -> None:
    asked = admission(postgres_store.put_campaign(unique("c")))
    origin = evolve(asked.origin, source=text, actor=text, request_id=text, reason=text)
    assert postgres_store.repository.admit(evolve(asked, origin=origin)).verdict is Verdict.ADMITTED
    (noted,) = postgres_store.repository.history(asked.campaign_id, limit=1)
    told = (noted.origin.source, noted.origin.actor, noted.origin.request_id, noted.origin.reason)
    assert told == ("a\ufffdb",) * 4


@pytest.mark.parametrize("text", UNSTORABLE)
def test_a_name_in_an_event(postgres_store: PostgresStoreUnderTest, text: str) -> None:
    assert postgres_store.repository.find_run_by_execution_name(text) is None


@pytest.mark.parametrize(
    "text", ["", "plain", "gr\u00fc\u00df", "\U0001f600", "line\nbreak\ttab", '"\\', "\x7f\x01"]
)
def test_everything_else_stays(text: str) -> None:
    assert json.loads(storable_json({text: [text, (text,), 1, None]})) == {text: [text, [text], 1, None]}


def test_a_pair_of_surrogates_is_the_character_that_it_spells() -> None:
    assert json.loads(storable_json("\ud83d\ude00")) == "\U0001f600"
