"""Attempts, marks and ends of runs, promise by promise, over every adapter."""

from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest

from asking.requests import CLAIM_WINDOW_SECONDS, ORIGIN, admission, end_of, stopping, unique
from asking.stores import StoreUnderTest
from orchestrator_domain.campaign import Action
from orchestrator_domain.decisions import EndVerdict, Verdict
from orchestrator_domain.errors import StoreUnavailable
from orchestrator_domain.ports.run_claims import BatchLease, Claim
from orchestrator_domain.run import Run, RunIdentity, RunOutcome, RunState


def admitted(store: StoreUnderTest, *, status: str = "draft", key: str | None = None) -> Run:
    campaign = store.put_campaign(unique("c"), status=status)
    action = {"paused": Action.RESUME, "failed": Action.RETRY}.get(status, Action.START)
    run = store.repository.admit(admission(campaign, action, key=key)).run
    assert run is not None
    return run


def dispatched(store: StoreUnderTest) -> Run:
    run = admitted(store)
    return store.repository.mark_dispatched(
        run.identity, reference="ref", state=RunState.DISPATCHED, origin=ORIGIN
    ).run


def status_of(store: StoreUnderTest, run: Run) -> str:
    return store.repository.find_campaigns([run.campaign_id])[run.campaign_id].status


def begin_attempt(store: StoreUnderTest, run: Run, *, expected: int) -> Run | None:
    return store.repository.begin_attempt(
        run.identity, expected_attempts=expected, claim_window_seconds=CLAIM_WINDOW_SECONDS
    )


def with_open_lease(store: StoreUnderTest, *, seconds: float = 60) -> Run:
    run = dispatched(store)
    claim = store.run_claims.claim(run.identity, run_id=run.run_id, claimant="me", attempt=1)
    assert isinstance(claim, Claim)
    assert isinstance(store.run_claims.begin_batch(claim, lease_seconds=seconds, size=7), BatchLease)
    return run


def test_an_attempt_is_counted_and_leaves_the_earlier_ones_unknown(store: StoreUnderTest) -> None:
    run = admitted(store)
    store.pass_time(100)
    begun = begin_attempt(store, run, expected=1)
    assert begun is not None
    assert (begun.attempts, begun.unknown) == (2, True)
    assert begun.dispatch_input == run.dispatch_input
    assert begun.seconds_since_last_attempt < 50
    assert begun.not_after is not None
    assert (begun.not_after - begun.last_attempt_at).total_seconds() == pytest.approx(CLAIM_WINDOW_SECONDS)


def test_of_several_attempts_with_one_expectation_one_is_begun(store: StoreUnderTest) -> None:
    run = admitted(store)
    with ThreadPoolExecutor(8) as threads:
        begun = list(threads.map(lambda _: begin_attempt(store, run, expected=1), range(8)))
    assert sum(one is not None for one in begun) == 1


def test_no_attempt_of_a_run_that_is_stopping_or_has_ended(store: StoreUnderTest) -> None:
    run = admitted(store)
    store.repository.begin_stopping(stopping(run.campaign_id))
    assert begin_attempt(store, run, expected=1) is None
    store.repository.end_run(end_of(run))
    assert begin_attempt(store, run, expected=1) is None


def test_no_attempt_while_a_batch_is_going_on(store: StoreUnderTest) -> None:
    assert begin_attempt(store, with_open_lease(store), expected=1) is None


def test_a_mark_advances_the_state_and_keeps_the_first_reference(store: StoreUnderTest) -> None:
    run = admitted(store)
    marked = store.repository.mark_dispatched(
        run.identity, reference="first", state=RunState.DISPATCHED, origin=ORIGIN
    )
    assert (marked.run.state, marked.pool_active) == (RunState.DISPATCHED, 1)
    assert marked.run.dispatched_at is not None
    again = store.repository.mark_dispatched(
        run.identity, reference="second", state=RunState.RUNNING, origin=ORIGIN
    )
    assert (again.run.state, again.run.execution_reference) == (RunState.RUNNING, "first")


def test_a_mark_never_takes_a_state_back(store: StoreUnderTest) -> None:
    run = admitted(store)
    store.repository.mark_dispatched(run.identity, reference="r", state=RunState.RUNNING, origin=ORIGIN)
    late = store.repository.mark_dispatched(run.identity, reference="r", state=RunState.DISPATCHED, origin=ORIGIN)
    assert late.run.state is RunState.RUNNING


def test_a_mark_leaves_a_stopping_or_ended_run_where_it_is(store: StoreUnderTest) -> None:
    run = admitted(store)
    store.repository.begin_stopping(stopping(run.campaign_id))
    for state in (RunState.STOPPING, RunState.ENDED):
        marked = store.repository.mark_dispatched(
            run.identity, reference="ref", state=RunState.RUNNING, origin=ORIGIN
        )
        assert (marked.run.state, marked.run.execution_reference) == (state, "ref")
        store.repository.end_run(end_of(run))


def test_a_mark_settles_what_was_unknown(store: StoreUnderTest) -> None:
    run = admitted(store)
    store.repository.mark_unknown(run.identity, cause="no_answer", origin=ORIGIN)
    marked = store.repository.mark_dispatched(run.identity, reference="ref", state=RunState.RUNNING, origin=ORIGIN)
    assert not marked.run.unknown


def test_what_is_done_meanwhile_is_done_once_before_the_answer(store: StoreUnderTest) -> None:
    run, done = admitted(store), list[str]()
    for reference in ("first", "second"):
        store.repository.mark_dispatched(
            run.identity,
            reference=reference,
            state=RunState.DISPATCHED,
            origin=ORIGIN,
            meanwhile=partial(done.append, reference),
        )
    assert done == ["first", "second"]


def test_repeating_a_mark_appends_no_second_audit_row(store: StoreUnderTest) -> None:
    run = dispatched(store)
    rows = len(store.repository.history(run.campaign_id, limit=10))
    store.repository.mark_dispatched(run.identity, reference="ref", state=RunState.DISPATCHED, origin=ORIGIN)
    assert len(store.repository.history(run.campaign_id, limit=10)) == rows


def test_unknown_is_recorded_once(store: StoreUnderTest) -> None:
    run = admitted(store)
    for _ in range(2):
        assert store.repository.mark_unknown(run.identity, cause="no_answer", origin=ORIGIN).unknown
    kinds = [entry.kind for entry in store.repository.history(run.campaign_id, limit=10)]
    assert kinds == ["start_admitted", "dispatch_unknown"]


def test_unknown_changes_nothing_on_an_ended_run(store: StoreUnderTest) -> None:
    run = admitted(store)
    store.repository.end_run(end_of(run))
    assert not store.repository.mark_unknown(run.identity, cause="late", origin=ORIGIN).unknown


@pytest.mark.parametrize(
    ("outcome", "status"),
    [
        (RunOutcome.SUCCEEDED, "completed"),
        (RunOutcome.FAILED, "failed"),
        (RunOutcome.TIMED_OUT, "failed"),
        (RunOutcome.ABORTED, "failed"),
        (RunOutcome.DISPATCH_FAILED, "failed"),
        (RunOutcome.STOPPED, "active"),
    ],
)
def test_an_outcome_changes_the_campaign(store: StoreUnderTest, outcome: RunOutcome, status: str) -> None:
    run = admitted(store)
    decision = store.repository.end_run(end_of(run, outcome, cause="why"))
    assert (decision.verdict, decision.pool_active) == (EndVerdict.ENDED, 0)
    assert decision.run is not None
    assert (decision.run.outcome, decision.run.cause) == (outcome, "why")
    assert decision.run.ended_at is not None
    assert status_of(store, run) == status


@pytest.mark.parametrize("status", ["draft", "scheduled", "paused", "failed"])
def test_a_returned_run_restores_the_status_and_frees_the_key(store: StoreUnderTest, status: str) -> None:
    run = admitted(store, status=status, key="k")
    store.repository.end_run(end_of(run, RunOutcome.RETURNED))
    assert status_of(store, run) == status
    action = {"paused": Action.RESUME, "failed": Action.RETRY}.get(status, Action.START)
    again = store.repository.admit(admission(run.campaign_id, action, key="k"))
    assert (again.verdict, again.replayed) == (Verdict.ADMITTED, False)
    assert again.run is not None
    assert again.run.number == 2


def test_an_end_changes_the_status_of_an_active_campaign_only(store: StoreUnderTest) -> None:
    run = admitted(store)
    store.set_status(run.campaign_id, "completed")
    store.repository.end_run(end_of(run, RunOutcome.FAILED))
    assert status_of(store, run) == "completed"


def test_the_run_of_a_vanished_campaign_can_be_ended(store: StoreUnderTest) -> None:
    run = admitted(store)
    store.delete_campaign(run.campaign_id)
    assert store.repository.end_run(end_of(run)).verdict is EndVerdict.ENDED


def test_ended_is_final(store: StoreUnderTest) -> None:
    run = admitted(store)
    store.repository.end_run(end_of(run, RunOutcome.FAILED))
    again = store.repository.end_run(end_of(run, RunOutcome.SUCCEEDED))
    assert again.verdict is EndVerdict.ALREADY_ENDED
    assert again.run is not None
    assert again.run.outcome is RunOutcome.FAILED
    assert status_of(store, run) == "failed"


def test_an_open_lease_keeps_the_run(store: StoreUnderTest) -> None:
    run = with_open_lease(store)
    decision = store.repository.end_run(end_of(run))
    assert (decision.verdict, decision.pool_active) == (EndVerdict.LEASE_OPEN, 1)
    assert decision.run is not None
    assert decision.run.in_flight == 7


def test_a_lease_whose_end_has_passed_by_a_margin_is_closed(store: StoreUnderTest) -> None:
    run = with_open_lease(store, seconds=60)
    store.pass_time(61)
    assert store.repository.end_run(end_of(run)).verdict is EndVerdict.LEASE_OPEN
    store.pass_time(5)
    assert store.repository.end_run(end_of(run)).verdict is EndVerdict.ENDED


def test_not_dispatched_is_recorded_of_the_only_attempt(store: StoreUnderTest) -> None:
    run = admitted(store)
    decision = store.repository.end_run(end_of(run, RunOutcome.RETURNED, only_if_attempts=1))
    assert decision.verdict is EndVerdict.ENDED


def test_not_dispatched_is_never_a_guess(store: StoreUnderTest) -> None:
    tried_again, lost, taken = admitted(store), admitted(store), dispatched(store)
    begin_attempt(store, tried_again, expected=1)
    store.repository.mark_unknown(lost.identity, cause="no_answer", origin=ORIGIN)
    for run, attempts in ((tried_again, 1), (tried_again, 2), (lost, 1), (taken, 1)):
        end = end_of(run, RunOutcome.RETURNED, only_if_attempts=attempts)
        assert store.repository.end_run(end).verdict is EndVerdict.SUPERSEDED


def test_a_run_that_is_given_up_is_ended_though_answers_were_lost(store: StoreUnderTest) -> None:
    lost, tried_again = admitted(store), admitted(store)
    store.repository.mark_unknown(lost.identity, cause="no_answer", origin=ORIGIN)
    begin_attempt(store, tried_again, expected=1)
    for run, attempts in ((lost, 1), (tried_again, 2)):
        end = end_of(run, RunOutcome.DISPATCH_FAILED, only_if_attempts=attempts, even_if_unknown=True)
        assert store.repository.end_run(end).verdict is EndVerdict.ENDED


def test_an_attempt_begun_or_confirmed_since_is_not_overtaken_by_giving_up(store: StoreUnderTest) -> None:
    tried_again, taken, claimed = admitted(store), dispatched(store), admitted(store)
    begin_attempt(store, tried_again, expected=1)
    store.repository.mark_unknown(claimed.identity, cause="no_answer", origin=ORIGIN)
    store.run_claims.claim(claimed.identity, run_id=claimed.run_id, claimant="me", attempt=1)
    for run in (tried_again, taken, claimed):
        end = end_of(run, RunOutcome.DISPATCH_FAILED, only_if_attempts=1, even_if_unknown=True)
        decision = store.repository.end_run(end)
        assert (decision.verdict, decision.pool_active) == (EndVerdict.SUPERSEDED, 3)


def test_a_run_that_is_not_there(store: StoreUnderTest) -> None:
    nobody = RunIdentity(campaign_id=unique("c"), number=1)
    assert store.repository.find_run(nobody) is None
    run = admitted(store)
    store.repository.end_run(end_of(run))
    other = RunIdentity(campaign_id=run.campaign_id, number=9)
    assert begin_attempt_of(store, other) is None


def begin_attempt_of(store: StoreUnderTest, identity: RunIdentity) -> Run | None:
    return store.repository.begin_attempt(identity, expected_attempts=1, claim_window_seconds=None)


def test_an_end_appends_one_audit_row_with_the_outcome(store: StoreUnderTest) -> None:
    run = admitted(store)
    store.repository.end_run(end_of(run, RunOutcome.FAILED, cause="why"))
    entry = store.repository.history(run.campaign_id, limit=1)[0]
    assert (entry.kind, entry.status_from, entry.status_to) == ("run_ended", "active", "failed")
    assert (entry.run_state_to, entry.cause) == ("ended", "why")
    assert entry.detail["outcome"] == "failed"


def test_runs_are_found_by_identity_and_by_name(store: StoreUnderTest) -> None:
    run = admitted(store)
    for found in (
        store.repository.find_run(run.identity),
        store.repository.find_run_by_execution_name(run.execution_name),
        store.repository.live_runs("sms", limit=1)[0],
    ):
        assert found is not None
        assert (found.run_id, found.dispatch_input) == (run.run_id, run.dispatch_input)
    assert store.repository.find_run_by_execution_name("nobody-1-00000000") is None


def test_history_gives_the_latest_rows_oldest_first(store: StoreUnderTest) -> None:
    run = dispatched(store)
    store.repository.end_run(end_of(run))
    kinds = [entry.kind for entry in store.repository.history(run.campaign_id, limit=2)]
    assert kinds == ["dispatched", "run_ended"]


def test_a_fence_stops_the_run_and_leaves_the_campaign(store: StoreUnderTest) -> None:
    run = dispatched(store)
    store.set_status(run.campaign_id, "completed")
    for _ in range(2):
        fenced = store.repository.fence_run(run.identity, cause="changed", origin=ORIGIN)
        assert fenced is not None
        assert (fenced.state, fenced.cause) == (RunState.STOPPING, "changed")
    kinds = [entry.kind for entry in store.repository.history(run.campaign_id, limit=10)]
    assert kinds == ["start_admitted", "dispatched", "fenced"]
    assert status_of(store, run) == "completed"
    store.repository.end_run(end_of(run))
    ended = store.repository.fence_run(run.identity, cause="late", origin=ORIGIN)
    assert ended is not None
    assert ended.state is RunState.ENDED


def test_the_run_of_a_deleted_campaign_can_be_fenced(store: StoreUnderTest) -> None:
    run = dispatched(store)
    store.delete_campaign(run.campaign_id)
    assert store.repository.fence_run(run.identity, cause="deleted", origin=ORIGIN) is not None
    nobody = RunIdentity(campaign_id=unique("c"), number=1)
    assert store.repository.fence_run(nobody, cause="x", origin=ORIGIN) is None


def test_live_runs_are_walked_by_campaign(store: StoreUnderTest) -> None:
    ids = sorted(dispatched(store).campaign_id for _ in range(3))
    walked: list[str] = []
    after: str | None = None
    while page := store.repository.live_runs_by_campaign("sms", limit=2, after=after):
        walked += [run.campaign_id for run in page]
        after = walked[-1]
    assert walked == ids
    assert not store.repository.live_runs_by_campaign("voice", limit=2, after=None)


def test_what_is_recorded_of_a_run_that_somebody_has_deleted_is_refused_by_a_word(store: StoreUnderTest) -> None:
    gone = RunIdentity(campaign_id=store.put_campaign(unique("c")), number=1)
    with pytest.raises(StoreUnavailable) as marking:
        store.repository.mark_dispatched(gone, reference="r", state=RunState.RUNNING, origin=ORIGIN)
    with pytest.raises(StoreUnavailable) as noting:
        store.repository.mark_unknown(gone, cause="no_answer", origin=ORIGIN)
    assert marking.value.cause == noting.value.cause == "run_vanished"
    assert store.repository.history(gone.campaign_id, limit=10) == []
