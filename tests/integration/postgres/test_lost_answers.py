"""A call whose answer was lost is made again: it has its effect once, and is answered as the first time (F19)."""

from collections.abc import Sequence
from typing import Any

import pytest

from asking.requests import ORIGIN, admission, end_of, stopping, unique
from asking.stores import PostgresStoreUnderTest
from orchestrator_adapters.memory.run_ids import RandomRunIds
from orchestrator_adapters.postgres.campaign_repository import PostgresCampaignRepository
from orchestrator_adapters.postgres.doors import Doors
from orchestrator_adapters.postgres.pool_control import PostgresPoolControl
from orchestrator_adapters.postgres.run_claims import PostgresRunClaims
from orchestrator_adapters.postgres.upkeep_records import PostgresUpkeepRecords
from orchestrator_domain.decisions import EndVerdict, RequestKey, Verdict
from orchestrator_domain.pool_decisions import PoolRequest
from orchestrator_domain.ports.run_claims import BatchEnd, BatchLease, Claim
from orchestrator_domain.run import Progress, Run, RunOutcome, RunState


class DoorsThatLoseTheFirstAnswer(Doors):
    """Makes each call twice and gives the second answer, as after a connection that was lost behind the commit."""

    def call(self, function: str, request: dict[str, Any], **more: Any) -> Any:
        super().call(function, request, **more)
        return super().call(function, request, **more)

    def carry_out(self, call: bytes, parameters: Sequence[str | None]) -> Any:
        super().carry_out(call, parameters)
        return super().carry_out(call, parameters)


@pytest.fixture
def store(postgres_store: PostgresStoreUnderTest) -> PostgresStoreUnderTest:
    doors = DoorsThatLoseTheFirstAnswer(postgres_store.doors.pool)
    postgres_store.repository = PostgresCampaignRepository(doors)
    postgres_store.pool_control = PostgresPoolControl(doors)
    postgres_store.upkeep_records = PostgresUpkeepRecords(doors)
    dispatchers = DoorsThatLoseTheFirstAnswer(postgres_store.doors_of_dispatchers.pool)
    postgres_store.run_claims = PostgresRunClaims(dispatchers, RandomRunIds())
    return postgres_store


def admitted(store: PostgresStoreUnderTest) -> Run:
    run = store.repository.admit(admission(store.put_campaign(unique("c")))).run
    assert run is not None
    return run


def claimed(store: PostgresStoreUnderTest, run: Run) -> Claim:
    claim = store.run_claims.claim(run.identity, run_id=run.run_id, claimant="me", attempt=1)
    assert isinstance(claim, Claim)
    return claim


def kinds(store: PostgresStoreUnderTest, run: Run) -> list[str]:
    return [entry.kind for entry in store.repository.history(run.campaign_id, limit=20)]


def test_an_admission(store: PostgresStoreUnderTest) -> None:
    decision = store.repository.admit(admission(store.put_campaign(unique("c"))))
    assert (decision.verdict, decision.replayed) == (Verdict.ADMITTED, False)
    assert decision.run is not None
    assert kinds(store, decision.run) == ["start_admitted"]


def test_a_stop(store: PostgresStoreUnderTest) -> None:
    run = admitted(store)
    decision = store.repository.begin_stopping(stopping(run.campaign_id))
    assert decision.verdict is Verdict.STOPPING
    assert decision.run is not None
    assert decision.run.state is RunState.STOPPING
    assert kinds(store, run) == ["start_admitted", "stop_requested"]


def test_marks(store: PostgresStoreUnderTest) -> None:
    run = admitted(store)
    assert store.repository.mark_unknown(run.identity, cause="no_answer", origin=ORIGIN).unknown
    done: list[str] = []
    marked = store.repository.mark_dispatched(
        run.identity,
        reference="ref",
        state=RunState.DISPATCHED,
        origin=ORIGIN,
        meanwhile=lambda: done.append("done"),
    )
    assert done == ["done"]
    assert (marked.run.state, marked.pool_active) == (RunState.DISPATCHED, 1)
    assert kinds(store, run) == ["start_admitted", "dispatch_unknown", "dispatched"]


def test_an_attempt_is_counted_once_and_nobody_makes_it_unasked(store: PostgresStoreUnderTest) -> None:
    run = admitted(store)
    begun = store.repository.begin_attempt(run.identity, expected_attempts=1, claim_window_seconds=None)
    assert begun is None  # as if another process had begun it: nothing is sent, and the next request goes on
    found = store.repository.find_run(run.identity)
    assert found is not None
    assert (found.attempts, found.unknown) == (2, True)


def test_an_end(store: PostgresStoreUnderTest) -> None:
    run = admitted(store)
    decision = store.repository.end_run(end_of(run, RunOutcome.FAILED))
    assert (decision.verdict, decision.pool_active) == (EndVerdict.ALREADY_ENDED, 0)
    assert kinds(store, run) == ["start_admitted", "run_ended"]


def test_a_claim(store: PostgresStoreUnderTest) -> None:
    run = admitted(store)
    claim = claimed(store, run)
    assert isinstance(store.run_claims.begin_batch(claim, lease_seconds=60, size=5), BatchLease)
    assert kinds(store, run) == ["start_admitted", "claimed"]


def test_a_batch(store: PostgresStoreUnderTest) -> None:
    run = admitted(store)
    claim = claimed(store, run)
    progress = Progress(total=9, sent=5)
    lease = store.run_claims.begin_batch(claim, lease_seconds=60, size=5)
    assert isinstance(lease, BatchLease)
    found = store.repository.find_run(run.identity)
    assert found is not None
    assert (found.lease_until, found.in_flight) == (lease.until, 5)
    assert store.run_claims.end_batch(claim, lease, progress=progress) == BatchEnd(state=RunState.RUNNING)
    found = store.repository.find_run(run.identity)
    assert found is not None
    assert (found.lease_until, found.progress) == (None, progress)


def test_the_last_batch_of_a_stopping_run(store: PostgresStoreUnderTest) -> None:
    run = admitted(store)
    claim = claimed(store, run)
    lease = store.run_claims.begin_batch(claim, lease_seconds=60, size=5)
    assert isinstance(lease, BatchLease)
    store.repository.begin_stopping(stopping(run.campaign_id))
    progress = Progress(total=9, sent=5)
    assert store.run_claims.end_batch(claim, lease, progress=progress) == BatchEnd(state=RunState.ENDED)
    assert kinds(store, run)[-1] == "run_ended"
    assert kinds(store, run).count("run_ended") == 1


def test_a_finish(store: PostgresStoreUnderTest) -> None:
    run = admitted(store)
    claim = claimed(store, run)
    done = Progress(total=1, sent=1)
    ended = store.run_claims.finish(claim, outcome=RunOutcome.SUCCEEDED, progress=done, cause=None)
    assert ended == BatchEnd(state=RunState.ENDED)
    assert kinds(store, run).count("run_ended") == 1


def test_a_change_of_both_pools_under_a_key(store: PostgresStoreUnderTest) -> None:
    key = RequestKey(key="k", content_hash="h")
    store.pool_control.change(PoolRequest(halts={"sms": "why", "voice": "why"}, key=key, origin=ORIGIN))
    for pool in ("sms", "voice"):
        assert [entry.kind for entry in store.repository.history(f"pool:{pool}", limit=9)] == ["halted"]


def test_a_pause_of_a_halt(store: PostgresStoreUnderTest) -> None:
    run = admitted(store)
    store.pool_control.set_halt("sms", "why", origin=ORIGIN)
    paused = store.pool_control.pause_run(run.identity, origin=ORIGIN)
    assert paused is not None
    assert paused.state is RunState.STOPPING
    assert kinds(store, run) == ["start_admitted", "halt_requested"]


def test_a_limit_and_a_halt(store: PostgresStoreUnderTest) -> None:
    store.pool_control.set_limit("sms", 7, origin=ORIGIN)
    store.pool_control.set_halt("sms", "why", origin=ORIGIN)
    assert [entry.kind for entry in store.repository.history("pool:sms", limit=9)] == ["limit_changed", "halted"]


def test_a_note_of_an_orphan(store: PostgresStoreUnderTest) -> None:
    store.upkeep_records.note_orphan("sms", "gone-1-0a0b0c0d", run=None, cause="no_run_on_record", origin=ORIGIN)
    assert [entry.kind for entry in store.repository.history("pool:sms", limit=9)] == ["orphan_stopped"]
