"""A dispatcher that falls silent is replaced for as long as its like get on with the work."""

import pytest

from asking.orchestra import Orchestra
from orchestrator_domain import budgets
from orchestrator_domain.ports.run_claims import BatchLease, Claim
from orchestrator_domain.run import Progress, RunOutcome, RunState

OFTEN = 3 * budgets.MOST_ATTEMPTS


@pytest.fixture
def orchestra() -> Orchestra:
    orchestra = Orchestra()
    assert orchestra.ask("start", orchestra.put("c", "sms"))["success"]
    return orchestra


def sent_by_one_that_dies(orchestra: Orchestra, sent: int) -> None:
    """It takes the newest message, has so many sent in all when it falls silent, and a long time passes."""
    claim = orchestra.claim(orchestra.messages.queue[-1], f"dispatcher-{orchestra.run('c').attempts}")
    assert isinstance(claim, Claim)
    if sent > claim.progress.sent:
        lease = orchestra.claims().begin_batch(claim, lease_seconds=30, size=1)
        assert isinstance(lease, BatchLease)
        orchestra.claims().end_batch(claim, lease, progress=Progress(total=1_000, sent=sent))
    orchestra.clock.advance(budgets.HEARTBEAT_GRACE_SECONDS + 1)


def foreseen_and_done(orchestra: Orchestra) -> str:
    (foreseen,) = orchestra.ask("reconcile", dryRun=True)["pools"]["sms"]["repairs"]
    (done,) = orchestra.ask("reconcile")["pools"]["sms"]["repairs"]
    assert foreseen["repair"] == done["repair"]
    return str(done["repair"])


def test_a_campaign_goes_on_however_many_have_died_after_some_work(orchestra: Orchestra) -> None:
    for number in range(1, OFTEN + 1):
        sent_by_one_that_dies(orchestra, number)
        assert foreseen_and_done(orchestra) == "dispatched_again"
    run = orchestra.run("c")
    assert (run.state, run.attempts, run.progress.sent) == (RunState.RUNNING, OFTEN + 1, OFTEN)


def test_it_ends_when_as_many_as_are_tried_have_got_nowhere(orchestra: Orchestra) -> None:
    for number in range(1, OFTEN + 1):
        sent_by_one_that_dies(orchestra, number)
        assert foreseen_and_done(orchestra) == "dispatched_again"
    for _ in range(budgets.MOST_ATTEMPTS - 1):
        sent_by_one_that_dies(orchestra, OFTEN)
        assert foreseen_and_done(orchestra) == "dispatched_again"
    sent_by_one_that_dies(orchestra, OFTEN)
    assert foreseen_and_done(orchestra) == "ended"
    run = orchestra.run("c")
    assert (run.outcome, run.cause) == (RunOutcome.FAILED, "no_heartbeat")


def test_what_a_run_continues_is_no_work_of_its_own(orchestra: Orchestra) -> None:
    sent_by_one_that_dies(orchestra, 7)
    assert orchestra.ask("pause", "c")["runState"] == "ended"
    assert orchestra.ask("resume", "c")["success"]
    for _ in range(budgets.MOST_ATTEMPTS - 1):
        sent_by_one_that_dies(orchestra, 7)
        assert foreseen_and_done(orchestra) == "dispatched_again"
    sent_by_one_that_dies(orchestra, 7)
    assert foreseen_and_done(orchestra) == "ended"
