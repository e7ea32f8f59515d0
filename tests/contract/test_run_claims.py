"""RunClaims, promise by promise, over every adapter."""

from concurrent.futures import ThreadPoolExecutor

from attrs import evolve

from asking.requests import CLAIM_WINDOW_SECONDS, ORIGIN, admission, end_of, stopping, unique
from asking.stores import StoreUnderTest
from orchestrator_domain.campaign import Action
from orchestrator_domain.ports.run_claims import BatchEnd, BatchLease, Claim, ClaimRefusal
from orchestrator_domain.run import Progress, Run, RunOutcome, RunState


def dispatched(store: StoreUnderTest, campaign: str | None = None, action: Action = Action.START) -> Run:
    campaign = campaign or store.put_campaign(unique("c"))
    run = store.repository.admit(admission(campaign, action)).run
    assert run is not None
    return store.repository.mark_dispatched(
        run.identity, reference="ref", state=RunState.DISPATCHED, origin=ORIGIN
    ).run


def ask(store: StoreUnderTest, run: Run, claimant: str = "me", attempt: int | None = 1) -> Claim | ClaimRefusal:
    return store.run_claims.claim(run.identity, run_id=run.run_id, claimant=claimant, attempt=attempt)


def claimed(store: StoreUnderTest, run: Run, claimant: str = "me", attempt: int | None = 1) -> Claim:
    claim = ask(store, run, claimant, attempt)
    assert isinstance(claim, Claim), claim
    return claim


def begin(store: StoreUnderTest, claim: Claim, seconds: float = 60) -> BatchLease | ClaimRefusal:
    return store.run_claims.begin_batch(claim, lease_seconds=seconds, size=5)


def leased(store: StoreUnderTest, claim: Claim) -> BatchLease:
    lease = begin(store, claim)
    assert isinstance(lease, BatchLease), lease
    return lease


def again(store: StoreUnderTest, run: Run) -> Run:
    attempt = store.repository.begin_attempt(
        run.identity, expected_attempts=run.attempts, claim_window_seconds=CLAIM_WINDOW_SECONDS
    )
    assert attempt is not None
    return attempt


def seen(store: StoreUnderTest, run: Run) -> Run:
    found = store.repository.find_run(run.identity)
    assert found is not None
    return found


def test_a_claim_makes_the_run_running_and_acknowledged(store: StoreUnderTest) -> None:
    run = dispatched(store)
    claim = claimed(store, run)
    assert claim.progress == Progress()
    now = seen(store, run)
    assert (now.state, now.claimant) == (RunState.RUNNING, "me")
    assert now.acknowledged_at is not None
    assert now.last_heartbeat_at is not None


def test_a_run_may_be_claimed_before_its_dispatch_was_recorded(store: StoreUnderTest) -> None:
    run = store.repository.admit(admission(store.put_campaign(unique("c")))).run
    assert run is not None
    claimed(store, run)
    marked = store.repository.mark_dispatched(
        run.identity, reference="ref", state=RunState.DISPATCHED, origin=ORIGIN
    )
    assert marked.run.state is RunState.RUNNING


def test_a_batch_with_a_key_is_entered_again_by_that_key_only(store: StoreUnderTest) -> None:
    claim = claimed(store, dispatched(store))

    def keyed(key: str) -> BatchLease | ClaimRefusal:
        return store.run_claims.begin_batch(claim, lease_seconds=60, size=5, batch_key=key)

    lease = keyed("batch-1")
    assert isinstance(lease, BatchLease)
    assert lease.token == "batch-1"
    assert keyed("batch-1") == lease
    assert keyed("batch-2") is ClaimRefusal.LEASE_OPEN
    assert begin(store, claim) is ClaimRefusal.LEASE_OPEN
    assert isinstance(store.run_claims.end_batch(claim, lease, progress=Progress()), BatchEnd)
    assert isinstance(keyed("batch-2"), BatchLease)


def test_the_key_of_an_open_batch_does_not_help_a_superseded_claim(store: StoreUnderTest) -> None:
    run = dispatched(store)
    old = claimed(store, run)
    new = claimed(store, run)
    assert isinstance(store.run_claims.begin_batch(new, lease_seconds=60, size=5, batch_key="b"), BatchLease)
    again = store.run_claims.begin_batch(old, lease_seconds=60, size=5, batch_key="b")
    assert again is ClaimRefusal.SUPERSEDED


def test_only_the_run_with_this_id_is_claimed(store: StoreUnderTest) -> None:
    run = dispatched(store)
    assert ask(store, evolve(run, run_id="0" * 32)) is ClaimRefusal.RUN_NOT_FOUND
    assert ask(store, evolve(run, number=2)) is ClaimRefusal.RUN_NOT_FOUND


def test_a_stopping_or_ended_run_is_not_claimed(store: StoreUnderTest) -> None:
    run = dispatched(store)
    store.repository.begin_stopping(stopping(run.campaign_id))
    assert ask(store, run) is ClaimRefusal.NOT_LIVE
    store.repository.end_run(end_of(run))
    assert ask(store, run) is ClaimRefusal.NOT_LIVE


def test_an_older_run_is_not_claimed(store: StoreUnderTest) -> None:
    old = dispatched(store)
    store.repository.begin_stopping(stopping(old.campaign_id, Action.PAUSE))
    store.repository.end_run(end_of(old))
    dispatched(store, old.campaign_id, Action.RESUME)
    assert ask(store, old) is ClaimRefusal.NOT_LIVE


def test_a_run_is_not_claimed_after_its_time(store: StoreUnderTest) -> None:
    run = dispatched(store)
    store.pass_time(CLAIM_WINDOW_SECONDS + 1)
    assert ask(store, run) is ClaimRefusal.TOO_LATE
    assert seen(store, run).claim_is_impossible
    claimed(store, again(store, run), attempt=2)


def test_nothing_of_a_halted_pool_is_claimed(store: StoreUnderTest) -> None:
    run = dispatched(store)
    store.pool_control.set_halt("sms", "why", origin=ORIGIN)
    assert ask(store, run) is ClaimRefusal.HALTED


def test_another_claimant_comes_too_late(store: StoreUnderTest) -> None:
    run = dispatched(store)
    claimed(store, run, "one")
    assert ask(store, run, "other") is ClaimRefusal.TAKEN
    assert ask(store, run, "other", attempt=None) is ClaimRefusal.TAKEN
    assert ask(store, run, "other", attempt=2) is ClaimRefusal.TAKEN


def test_of_several_claimants_at_once_one_has_it(store: StoreUnderTest) -> None:
    run = dispatched(store)
    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(lambda n: ask(store, run, f"claimant-{n}"), range(8)))
    assert sum(isinstance(answer, Claim) for answer in answers) == 1


def test_the_same_claimant_may_come_again_and_its_older_token_is_superseded(store: StoreUnderTest) -> None:
    run = dispatched(store)
    first, second = claimed(store, run), claimed(store, run)
    assert begin(store, first) is ClaimRefusal.SUPERSEDED
    assert isinstance(begin(store, second), BatchLease)


def test_nobody_claims_while_a_batch_is_going_on(store: StoreUnderTest) -> None:
    run = dispatched(store)
    leased(store, claimed(store, run))
    assert ask(store, run) is ClaimRefusal.LEASE_OPEN


def test_the_newest_attempt_replaces_a_dead_claimant(store: StoreUnderTest) -> None:
    run = dispatched(store)
    dead = claimed(store, run, "dead")
    later = again(store, run)
    assert ask(store, later, "stale", attempt=1) is ClaimRefusal.TAKEN
    heir = claimed(store, later, "heir", attempt=2)
    assert begin(store, dead) is ClaimRefusal.SUPERSEDED
    assert isinstance(begin(store, heir), BatchLease)


def test_a_batch_is_leased_and_ended(store: StoreUnderTest) -> None:
    run = dispatched(store)
    claim = claimed(store, run)
    lease = leased(store, claim)
    assert seen(store, run).in_flight == 5
    done = Progress(total=9, sent=4, failed=1)
    assert store.run_claims.end_batch(claim, lease, progress=done) == BatchEnd(state=RunState.RUNNING)
    now = seen(store, run)
    assert (now.in_flight, now.lease_until, now.progress) == (0, None, done)


def test_one_batch_at_a_time(store: StoreUnderTest) -> None:
    claim = claimed(store, dispatched(store))
    leased(store, claim)
    assert begin(store, claim) is ClaimRefusal.LEASE_OPEN


def test_no_batch_after_pause_stop_or_end(store: StoreUnderTest) -> None:
    run = dispatched(store)
    claim = claimed(store, run)
    store.repository.begin_stopping(stopping(run.campaign_id, Action.PAUSE))
    assert begin(store, claim) is ClaimRefusal.NOT_LIVE
    store.repository.end_run(end_of(run))
    assert begin(store, claim) is ClaimRefusal.NOT_LIVE


def test_no_batch_of_a_halted_pool(store: StoreUnderTest) -> None:
    claim = claimed(store, dispatched(store))
    store.pool_control.set_halt("sms", "why", origin=ORIGIN)
    assert begin(store, claim) is ClaimRefusal.HALTED


def test_the_last_batch_of_a_stopping_run_ends_it(store: StoreUnderTest) -> None:
    run = dispatched(store)
    claim = claimed(store, run)
    lease = leased(store, claim)
    store.repository.begin_stopping(stopping(run.campaign_id, Action.PAUSE))
    progress = Progress(total=9, sent=5)
    assert store.run_claims.end_batch(claim, lease, progress=progress) == BatchEnd(state=RunState.ENDED)
    now = seen(store, run)
    assert (now.outcome, now.progress) == (RunOutcome.STOPPED, progress)
    assert not store.repository.live_runs("sms", limit=1)


def test_a_lease_that_has_expired_under_another_claim_cannot_be_ended(store: StoreUnderTest) -> None:
    run = dispatched(store)
    dead = claimed(store, run, "dead")
    lease = leased(store, dead)
    store.pass_time(70)
    claimed(store, again(store, run), "heir", attempt=2)
    ended = store.run_claims.end_batch(dead, lease, progress=Progress(total=5, sent=5))
    assert ended is ClaimRefusal.SUPERSEDED
    assert seen(store, run).progress == Progress()


def test_a_resumed_run_continues_from_the_progress_of_the_earlier_one(store: StoreUnderTest) -> None:
    run = dispatched(store)
    claim = claimed(store, run)
    progress = Progress(total=9, sent=5)
    store.run_claims.end_batch(claim, leased(store, claim), progress=progress)
    store.repository.begin_stopping(stopping(run.campaign_id, Action.PAUSE))
    store.repository.end_run(end_of(run))
    resumed = dispatched(store, run.campaign_id, Action.RESUME)
    assert claimed(store, resumed, "next").progress == progress
    assert seen(store, resumed).progress == progress


def test_finish_completes_the_campaign_and_frees_the_slot(store: StoreUnderTest) -> None:
    run = dispatched(store)
    claim = claimed(store, run)
    done = Progress(total=9, sent=7, skipped=1, failed=1)
    for _ in range(2):
        ended = store.run_claims.finish(claim, outcome=RunOutcome.SUCCEEDED, progress=done, cause=None)
        assert ended == BatchEnd(state=RunState.ENDED)
    assert store.repository.find_campaigns([run.campaign_id])[run.campaign_id].status == "completed"
    assert not store.repository.live_runs("sms", limit=1)


def test_a_success_must_add_up(store: StoreUnderTest) -> None:
    run = dispatched(store)
    claim = claimed(store, run)
    short = Progress(total=9, sent=7)
    ended = store.run_claims.finish(claim, outcome=RunOutcome.SUCCEEDED, progress=short, cause=None)
    assert ended is ClaimRefusal.DOES_NOT_ADD_UP
    assert seen(store, run).state is RunState.RUNNING
    failed = store.run_claims.finish(claim, outcome=RunOutcome.FAILED, progress=short, cause="provider")
    assert failed == BatchEnd(state=RunState.ENDED)
    assert store.repository.find_campaigns([run.campaign_id])[run.campaign_id].status == "failed"


def test_a_run_is_not_finished_in_the_middle_of_a_batch_or_by_an_old_token(store: StoreUnderTest) -> None:
    run = dispatched(store)
    old, claim = claimed(store, run), claimed(store, run)
    done = Progress(total=1, sent=1)
    finish = store.run_claims.finish
    assert finish(old, outcome=RunOutcome.SUCCEEDED, progress=done, cause=None) is ClaimRefusal.SUPERSEDED
    leased(store, claim)
    assert finish(claim, outcome=RunOutcome.SUCCEEDED, progress=done, cause=None) is ClaimRefusal.LEASE_OPEN


def test_a_stopping_run_that_is_finished_has_stopped(store: StoreUnderTest) -> None:
    run = dispatched(store)
    claim = claimed(store, run)
    store.repository.begin_stopping(stopping(run.campaign_id, Action.PAUSE))
    done = Progress(total=1, sent=1)
    store.run_claims.finish(claim, outcome=RunOutcome.SUCCEEDED, progress=done, cause=None)
    now = seen(store, run)
    assert now.outcome is RunOutcome.STOPPED
    assert now.cause == "all contacts were done when it was stopped"


def test_attempts_are_counted_from_the_last_that_got_on(store: StoreUnderTest) -> None:
    run = dispatched(store)
    counted = [run.attempts_without_progress]
    for sent in (0, 3, 3, 3, 5):
        claim = claimed(store, run, f"dispatcher-{run.attempts}", attempt=run.attempts)
        if sent > claim.progress.sent:
            lease = leased(store, claim)
            ended = store.run_claims.end_batch(claim, lease, progress=Progress(total=9, sent=sent))
            assert isinstance(ended, BatchEnd)
        counted.append(seen(store, run).attempts_without_progress)
        run = again(store, run)
        counted.append(run.attempts_without_progress)
    assert counted == [1, 1, 2, 0, 1, 1, 2, 2, 3, 0, 1]
    assert run.attempts == 6


def test_what_a_run_continues_is_no_progress_of_its_own(store: StoreUnderTest) -> None:
    first = dispatched(store)
    claim = claimed(store, first)
    store.run_claims.end_batch(claim, leased(store, claim), progress=Progress(total=9, sent=3, skipped=1, failed=1))
    store.repository.begin_stopping(stopping(first.campaign_id, Action.PAUSE))
    store.repository.end_run(end_of(first))
    run = dispatched(store, first.campaign_id, Action.RESUME)
    claim = claimed(store, run)
    assert claim.progress.accounted_for == 5
    assert seen(store, run).attempts_without_progress == 1
    store.run_claims.end_batch(claim, leased(store, claim), progress=Progress(total=9, sent=3, skipped=2, failed=1))
    assert seen(store, run).attempts_without_progress == 0
