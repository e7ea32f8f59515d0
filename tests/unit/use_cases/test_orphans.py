"""Executions at work without a live run are found and stopped (F16, F52)."""

from typing import Any

import pytest

from asking.orchestra import Orchestra
from orchestrator_domain import budgets
from orchestrator_domain.execution_name import execution_name, is_of_a_run
from orchestrator_domain.run import RunOutcome

OF_A_LOST_FUTURE = execution_name("c-of-tomorrow", 7, "0123456789abcdef")


@pytest.fixture
def orchestra() -> Orchestra:
    return Orchestra({"MAX_CONCURRENT_VOICE_CAMPAIGNS": "300", "MAX_CONCURRENT_SMS_CAMPAIGNS": "300"})


def past_grace(orchestra: Orchestra) -> None:
    orchestra.clock.advance(budgets.GRACE_SECONDS + 1)


def redriven(orchestra: Orchestra) -> str:
    """A run that has ended, and whose execution somebody has started again; its name."""
    orchestra.put("v")
    orchestra.ask("start", "v")
    orchestra.execution_ends("v", RunOutcome.FAILED)
    name = orchestra.run("v").execution_name
    orchestra.executions.begin(name, orchestra.run("v").dispatch_input)
    return name


def orphans(answer: dict[str, Any]) -> list[tuple[str, str, bool]]:
    found = answer["pools"]["voice"]["orphans"]
    return [(one["executionName"], one["why"], one["stopped"]) for one in found]


def is_open(orchestra: Orchestra, name: str) -> bool:
    return orchestra.executions.executions[name].outcome is None


def test_a_redriven_execution_is_stopped(orchestra: Orchestra) -> None:
    name = redriven(orchestra)
    past_grace(orchestra)
    answer = orchestra.ask("reconcile")
    assert orphans(answer) == [(name, "run_has_ended", True)]
    assert answer["pools"]["voice"]["orphans"][0]["campaignId"] == "v"
    assert not is_open(orchestra, name)
    assert orchestra.store.events["v"][-1].kind == "orphan_stopped"
    assert orchestra.status("v") == "failed"
    assert orphans(orchestra.ask("reconcile")) == []


def test_an_execution_of_a_lost_future_is_stopped(orchestra: Orchestra) -> None:
    orchestra.executions.begin(OF_A_LOST_FUTURE, b"{}")
    assert orphans(orchestra.ask("reconcile")) == [(OF_A_LOST_FUTURE, "no_run_on_record", True)]
    assert not is_open(orchestra, OF_A_LOST_FUTURE)
    (row,) = orchestra.store.events["pool:voice"]
    assert (row.kind, row.detail) == ("orphan_stopped", {"execution_name": OF_A_LOST_FUTURE})
    assert orphans(orchestra.ask("reconcile")) == []


def test_an_execution_of_a_live_run_is_left_alone(orchestra: Orchestra) -> None:
    orchestra.put("v")
    orchestra.ask("start", "v")
    past_grace(orchestra)
    assert orphans(orchestra.ask("reconcile")) == []
    assert is_open(orchestra, orchestra.run("v").execution_name)


def test_an_execution_under_a_foreign_name_is_counted_and_left_alone(orchestra: Orchestra) -> None:
    names = ["by-hand", "8a6e0804-2bd0-4672-b79d-d97027f9071a", "test-1", "nightly-2026-11-23"]
    for name in names:
        orchestra.executions.begin(name, b"{}")
    answer = orchestra.ask("reconcile")
    assert orphans(answer) == []
    assert answer["pools"]["voice"]["foreignExecutions"] == len(names)
    assert all(is_open(orchestra, name) for name in names)


def test_what_has_just_ended_may_still_be_shown_and_is_no_orphan(orchestra: Orchestra) -> None:
    name = redriven(orchestra)
    assert orphans(orchestra.ask("reconcile")) == []
    assert is_open(orchestra, name)


def test_a_dry_run_finds_and_stops_nothing(orchestra: Orchestra) -> None:
    orchestra.executions.begin(OF_A_LOST_FUTURE, b"{}")
    assert orphans(orchestra.ask("reconcile", dryRun=True)) == [(OF_A_LOST_FUTURE, "no_run_on_record", False)]
    assert is_open(orchestra, OF_A_LOST_FUTURE)
    assert "pool:voice" not in orchestra.store.events


def test_the_event_of_a_redriven_execution_stops_it(orchestra: Orchestra) -> None:
    name = redriven(orchestra)
    past_grace(orchestra)
    answer = orchestra.execution_event("v", "RUNNING")
    assert answer["repairs"] == ["orphan_stopped"]
    assert not is_open(orchestra, name)
    assert orchestra.execution_event("v", "ABORTED")["repairs"] == []


def test_what_cannot_be_seen_is_looked_for_again(orchestra: Orchestra) -> None:
    orchestra.executions.begin(OF_A_LOST_FUTURE, b"{}")
    orchestra.executions.away = True
    answer = orchestra.ask("reconcile")
    assert (orphans(answer), answer["cursor"]) == ([], {"voice/step_functions": None})
    assert answer["pools"]["voice"]["complete"] is False
    orchestra.executions.away = False
    again = orchestra.ask("reconcile", cursor=answer["cursor"])
    assert (orphans(again), again["cursor"]) == ([(OF_A_LOST_FUTURE, "no_run_on_record", True)], None)
    assert list(again["pools"]) == ["voice"]


def test_many_are_found_page_by_page(orchestra: Orchestra) -> None:
    names = sorted(execution_name(f"c{number:03}", 1, "f" * 32) for number in range(25))
    for name in names:
        orchestra.executions.begin(name, b"{}")
    found, cursor, calls = [], None, 0
    while calls == 0 or cursor is not None:
        answer = orchestra.ask("reconcile", limit=10, **({"cursor": cursor} if cursor else {}))
        assert len(answer["pools"]["voice"]["orphans"]) <= 10
        found += [name for name, _, _ in orphans(answer)]
        cursor, calls = answer["cursor"], calls + 1
    assert sorted(found) == names
    assert calls == 3


@pytest.mark.parametrize("cursor", [{"voice/step_functions": "a b"}, {"voice/step_functions": ""}, {"voice/x": 7}])
def test_a_wrong_page_names_the_cursor(orchestra: Orchestra, cursor: dict[str, object]) -> None:
    answer = orchestra.ask("reconcile", cursor=cursor)
    assert (answer["errorCode"], answer["field"]) == ("invalid_request", "cursor")


def test_every_name_of_a_run_has_its_form() -> None:
    for campaign in ("c", "x" * 64, "a_b-c", "-", "1-1-00000000"):
        assert is_of_a_run(execution_name(campaign, 1, "0123456789abcdef0123456789abcdef"))
        assert is_of_a_run(execution_name(campaign, 2_147_483_647, "f" * 32))
