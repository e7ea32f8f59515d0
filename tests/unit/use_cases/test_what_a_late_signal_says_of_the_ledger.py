"""Whoever ends, stops or shows a run says whether the slot ledger shows it; the store's count is what counts."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from asking.orchestra import Orchestra
from asking.requests import ORIGIN
from orchestrator_adapters.memory.deadline import NoDeadline
from orchestrator_domain import budgets
from orchestrator_domain.answers import ProjectionState
from orchestrator_domain.measurements import Metric
from orchestrator_domain.pools import Holder
from orchestrator_domain.run import Run, RunOutcome
from orchestrator_domain.upkeep_answers import SettleAnswer

PLAIN = {"SMS_DISPATCHER_REPORTS": "false"}


def crash(_: Run) -> None:
    raise KeyboardInterrupt


def started(limits: dict[str, str] | None = None, campaign_type: str = "voice") -> Orchestra:
    orchestra = Orchestra(limits or {})
    assert orchestra.ask("start", orchestra.put("c", campaign_type))["success"]
    return orchestra


def at_work() -> Orchestra:
    return started()


def queued() -> Orchestra:
    return started(campaign_type="sms")


def unreported() -> Orchestra:
    return started(PLAIN, "sms")


def closed() -> Orchestra:
    orchestra = started()
    orchestra.executions.close(orchestra.run("c").execution_name, RunOutcome.SUCCEEDED)
    return orchestra


def stopping() -> Orchestra:
    orchestra = started()
    orchestra.container.repository().fence_run(orchestra.run("c").identity, cause="test", origin=ORIGIN)
    return orchestra


def ended() -> Orchestra:
    orchestra = closed()
    orchestra.execution_event("c")
    return orchestra


def never_dispatched() -> Orchestra:
    orchestra = Orchestra()
    orchestra.executions.fault = crash
    with pytest.raises(KeyboardInterrupt):
        orchestra.ask("start", orchestra.put("c"))
    orchestra.executions.fault = lambda _: None
    orchestra.clock.advance(budgets.GRACE_SECONDS + 1)
    return orchestra


def settle(orchestra: Orchestra) -> ProjectionState | None:
    run = orchestra.container.repository().find_run(orchestra.run("c").identity)
    assert run is not None
    settled: SettleAnswer = orchestra.container.settle_run().settle(run, NoDeadline(), origin=ORIGIN)
    return settled.projection


@pytest.mark.parametrize("stood", [at_work, queued, unreported, closed, stopping, ended, never_dispatched])
def test_a_signal_shows_the_run_and_says_when_it_could_not(stood: Callable[[], Orchestra]) -> None:
    orchestra = stood()
    assert settle(orchestra) is ProjectionState.CURRENT
    orchestra = stood()
    orchestra.ledger.away = True
    assert settle(orchestra) is ProjectionState.STALE


def test_a_signal_shows_where_the_run_is_carried_out() -> None:
    orchestra = at_work()
    orchestra.ledger.details.clear()
    settle(orchestra)
    reference = orchestra.run("c").execution_reference
    assert reference is not None
    assert orchestra.ledger.details["c"].execution_reference == reference


@pytest.mark.parametrize("stood", [closed, stopping, never_dispatched])
def test_a_signal_that_finds_another_number_shown_rebuilds_the_ledger(stood: Callable[[], Orchestra]) -> None:
    orchestra = stood()
    ghost = Holder(
        campaign_id="ghost",
        campaign_type="voice",
        run_number=1,
        since=orchestra.clock.now() - timedelta(hours=1),
        execution_reference=None,
    )
    orchestra.ledger.record("voice", ghost)
    assert settle(orchestra) is not ProjectionState.STALE
    assert "ghost" not in orchestra.shown("voice")


@pytest.mark.parametrize("action", ["pause", "stop"])
def test_a_pause_and_a_stop_say_that_the_ledger_could_not_be_told(action: str) -> None:
    orchestra = started()
    orchestra.ledger.away = True
    assert orchestra.ask(action, "c")["projection"] == "stale"


def test_a_start_of_a_run_that_has_ended_already_takes_it_out_of_the_ledger() -> None:
    orchestra = Orchestra()

    def finish_at_once(run: Run) -> None:
        orchestra.work_off(run)
        orchestra.ledger.away = True

    orchestra.messages.answer_lost = finish_at_once
    assert orchestra.ask("start", orchestra.put("s", "sms"))["projection"] == "stale"


def test_such_a_start_that_finds_another_number_shown_rebuilds_the_ledger() -> None:
    orchestra = Orchestra()
    since = orchestra.clock.now() - timedelta(hours=1)
    ghost = Holder(campaign_id="ghost", campaign_type="sms", run_number=1, since=since, execution_reference=None)
    orchestra.ledger.record("sms", ghost)
    orchestra.messages.answer_lost = lambda run: orchestra.work_off(run)
    assert orchestra.ask("start", orchestra.put("s", "sms"))["runState"] == "ended"
    assert orchestra.shown("sms") == set()


def test_a_run_of_another_number_than_the_store_counts_is_measured() -> None:
    orchestra = started()
    orchestra.ask("stop", "c")
    assert [one.value for one in orchestra.metrics.of(Metric.ACTIVE_VOICE_CAMPAIGNS)] == [1, 0]


def test_repairs_are_counted_for_the_pool_in_which_they_were_made() -> None:
    orchestra = closed()
    orchestra.ask("reconcile")
    (repaired,) = orchestra.metrics.of(Metric.REPAIRS)
    assert (repaired.pool, repaired.repair) == ("voice", "ended")
