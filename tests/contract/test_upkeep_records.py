"""Executions without a live run, and the place of the scheduled passes, over every adapter."""

import pytest
from attrs import evolve

from asking.requests import ORIGIN, admission, end_of, unique
from asking.stores import StoreUnderTest
from orchestrator_domain.run import Run, RunOutcome, RunState


def admitted(store: StoreUnderTest) -> Run:
    run = store.repository.admit(admission(store.put_campaign(unique("c")))).run
    assert run is not None
    return run


def test_a_name_with_a_live_run_is_not_told(store: StoreUnderTest) -> None:
    assert store.upkeep_records.names_without_live_run([admitted(store).execution_name]) == {}


def test_a_name_without_a_run_is_told(store: StoreUnderTest) -> None:
    live = admitted(store)
    assert store.upkeep_records.names_without_live_run(["nobody-1-00000000", live.execution_name]) == {
        "nobody-1-00000000": None
    }


def test_a_name_of_an_ended_run_is_told_with_it(store: StoreUnderTest) -> None:
    run = admitted(store)
    store.repository.end_run(end_of(run, RunOutcome.FAILED))
    found = store.upkeep_records.names_without_live_run([run.execution_name])[run.execution_name]
    assert found is not None
    assert (found.identity, found.state, found.outcome) == (run.identity, RunState.ENDED, RunOutcome.FAILED)
    assert found.dispatch_input == b""


def test_no_names_are_no_answer(store: StoreUnderTest) -> None:
    assert store.upkeep_records.names_without_live_run([]) == {}


def test_an_orphan_of_a_run_is_one_row_of_its_campaign(store: StoreUnderTest) -> None:
    run = admitted(store)
    ended = store.repository.end_run(end_of(run)).run
    assert ended is not None
    before = store.repository.history(run.campaign_id, limit=100)
    store.upkeep_records.note_orphan(
        run.pool, run.execution_name, run=evolve(ended, dispatch_input=b""), cause="run_has_ended", origin=ORIGIN
    )
    *others, row = store.repository.history(run.campaign_id, limit=100)
    assert others == before
    assert (row.kind, row.run_number, row.run_state_to, row.cause, row.origin, row.detail) == (
        "orphan_stopped",
        run.number,
        "ended",
        "run_has_ended",
        ORIGIN,
        {"execution_name": run.execution_name},
    )


def test_an_orphan_of_no_run_is_one_row_of_its_pool(store: StoreUnderTest) -> None:
    pool = unique("pool")
    store.upkeep_records.note_orphan(pool, "gone-1-0a0b0c0d", run=None, cause="no_run_on_record", origin=ORIGIN)
    (row,) = store.repository.history(f"pool:{pool}", limit=100)
    assert (row.kind, row.run_number, row.cause) == ("orphan_stopped", None, "no_run_on_record")
    assert row.detail == {"execution_name": "gone-1-0a0b0c0d"}


def orphans_noted(store: StoreUnderTest, subject: str) -> list[tuple[object, str | None]]:
    rows = store.repository.history(subject, limit=100)
    return [(row.detail["execution_name"], row.origin.request_id) for row in rows if row.kind == "orphan_stopped"]


@pytest.mark.parametrize("request_id", ["request-1", None])
def test_a_note_of_the_same_request_is_made_once(store: StoreUnderTest, request_id: str | None) -> None:
    pool, origin = unique("pool"), evolve(ORIGIN, request_id=request_id)
    for _ in range(2):
        store.upkeep_records.note_orphan(pool, "gone-1-0a0b0c0d", run=None, cause="no_run_on_record", origin=origin)
    assert orphans_noted(store, f"pool:{pool}") == [("gone-1-0a0b0c0d", request_id)]


def test_every_request_and_every_execution_has_a_note_of_its_own(store: StoreUnderTest) -> None:
    pool, subjects = (
        unique("pool"),
        [(name, asked) for name in ("gone-1", "gone-2") for asked in ("r-1", "r-2", None)],
    )
    for name, request_id in subjects:
        origin = evolve(ORIGIN, request_id=request_id)
        store.upkeep_records.note_orphan(pool, name, run=None, cause="no_run_on_record", origin=origin)
    assert sorted(orphans_noted(store, f"pool:{pool}"), key=str) == sorted(subjects, key=str)


def test_a_note_of_a_run_and_one_of_its_pool_are_two(store: StoreUnderTest) -> None:
    run = admitted(store)
    for on_record in (run, None):
        store.upkeep_records.note_orphan(run.pool, run.execution_name, run=on_record, cause="x", origin=ORIGIN)
    for subject in (run.campaign_id, f"pool:{run.pool}"):
        assert orphans_noted(store, subject) == [(run.execution_name, ORIGIN.request_id)]


def test_a_place_is_remembered_for_each_pool(store: StoreUnderTest) -> None:
    records = store.upkeep_records
    assert records.place("voice") is None
    records.remember_place("voice", "c-1")
    records.remember_place("sms", "c-9")
    records.remember_place("voice", "c-2")
    assert (records.place("voice"), records.place("sms")) == ("c-2", "c-9")
    records.remember_place("voice", None)
    assert records.place("voice") is None
