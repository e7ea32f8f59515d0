"""Reconciliation, halts and limits: what is told and recorded of the exact step that was taken."""

from typing import Any

import pytest

from asking.looks import looks_show
from asking.orchestra import Orchestra
from asking.requests import ORIGIN
from orchestrator_domain import budgets
from orchestrator_domain.execution_name import execution_name
from orchestrator_domain.ports.dispatcher import ExecutionPhase, Unknown
from orchestrator_domain.run import Run, RunOutcome, RunState
from orchestrator_domain.use_cases.foresee_repair import ForeseeRepair


@pytest.fixture
def orchestra() -> Orchestra:
    return Orchestra({"MAX_CONCURRENT_VOICE_CAMPAIGNS": "2", "MAX_CONCURRENT_SMS_CAMPAIGNS": "2"})


def started(orchestra: Orchestra, campaign: str, campaign_type: str = "voice") -> Run:
    assert orchestra.ask("start", orchestra.put(campaign, campaign_type))["success"]
    return orchestra.run(campaign)


@pytest.mark.parametrize(
    ("change", "cause"),
    [
        ({"campaign_type": "hybrid"}, "campaign_type_changed"),
        ({"status": "draft"}, "campaign_status_changed"),
        (None, "campaign_deleted"),
    ],
)
def test_a_run_that_others_pulled_the_ground_from_is_fenced_with_what_they_did(
    orchestra: Orchestra, change: dict[str, str] | None, cause: str
) -> None:
    started(orchestra, "c")
    if change is None:
        del orchestra.store.campaigns["c"]
    for name, value in (change or {}).items():
        setattr(orchestra.store.campaigns["c"], name, value)
    answer = orchestra.ask("reconcile")
    assert [one.get("why") for one in answer["pools"]["voice"]["repairs"]] == [cause, None]
    fenced = next(row for row in orchestra.store.events["c"] if row.kind == "fenced")
    assert (fenced.cause, fenced.origin.reason) == (cause, cause)
    assert orchestra.run("c").cause == cause


def test_the_orphan_of_a_run_is_told_with_its_run(orchestra: Orchestra) -> None:
    run = started(orchestra, "c")
    orchestra.execution_ends("c", RunOutcome.FAILED)
    orchestra.executions.begin(run.execution_name, run.dispatch_input)
    orchestra.clock.advance(budgets.GRACE_SECONDS)
    assert orchestra.ask("reconcile")["pools"]["voice"]["orphans"] == []  # not before the grace period has passed
    orchestra.clock.advance(0.1)
    assert orchestra.ask("reconcile")["pools"]["voice"]["orphans"] == [
        {
            "executionName": run.execution_name,
            "campaignId": "c",
            "runNumber": 1,
            "why": "run_has_ended",
            "stopped": True,
        }
    ]
    orchestra.executions.begin(run.execution_name, run.dispatch_input)
    orchestra.execution_event("c", "RUNNING")
    row = orchestra.store.events["c"][-1]
    assert (row.kind, row.run_number, row.cause) == ("orphan_stopped", 1, "run_has_ended")
    assert [row.kind for row in orchestra.store.events["c"]].count("orphan_stopped") == 2


def test_one_that_has_just_ended_does_not_hide_the_orphans_behind_it(orchestra: Orchestra) -> None:
    run = started(orchestra, "a")
    lost = execution_name("b", 7, "0123456789abcdef")
    orchestra.execution_ends("a", RunOutcome.FAILED)
    orchestra.executions.begin(run.execution_name, run.dispatch_input)
    orchestra.executions.begin(lost, b"{}")
    found = orchestra.ask("reconcile")["pools"]["voice"]["orphans"]
    assert [one["executionName"] for one in found] == [lost]


def test_each_page_of_executions_is_looked_at_once(orchestra: Orchestra) -> None:
    names = [execution_name(f"c{number}", 1, "f" * 32) for number in range(4)]
    for name in (*names, "by-hand-1", "by-hand-2", "zz-by-hand"):
        orchestra.executions.begin(name, b"{}")
    first = orchestra.ask("reconcile", limit=3, dryRun=True)
    second = orchestra.ask("reconcile", limit=3, dryRun=True, cursor=first["cursor"])
    third = orchestra.ask("reconcile", limit=3, dryRun=True, cursor=second["cursor"])
    pages = [answer["pools"]["voice"] for answer in (first, second, third)]
    assert sorted(one["executionName"] for page in pages for one in page["orphans"]) == names
    assert sum(page["foreignExecutions"] for page in pages) == 3
    assert third["cursor"] is None
    orchestra.executions.away = True
    assert orchestra.ask("reconcile", limit=3, cursor=first["cursor"])["cursor"] == first["cursor"]


def test_a_scheduled_pass_counts_the_foreign_executions_of_all_pages(orchestra: Orchestra) -> None:
    for number in range(250):
        orchestra.executions.begin(f"by-hand-{number:03}", b"{}")
    event = {"source": "aws.events", "detail-type": "Scheduled Event", "detail": {}}
    assert orchestra.send(event)["pools"]["voice"]["foreignExecutions"] == 250


@pytest.mark.parametrize(
    "asked",
    [
        {"action": "limits", "set": {"sms": 9}},
        {"action": "halt", "campaignType": "sms", "reason": "r"},
        {"action": "unhalt", "campaignType": "sms", "reason": "r"},
    ],
    ids=lambda asked: str(asked["action"]),
)
def test_a_key_of_another_request_is_refused_for_the_pool(orchestra: Orchestra, asked: dict[str, Any]) -> None:
    orchestra.ask("limits", set={"sms": 8}, idempotencyKey="k")
    answer = orchestra.send(asked | {"idempotencyKey": "k"})
    assert answer["message"] == "the idempotency key was used before, for another action on this pool"


def test_an_unknown_pool_is_told_which_there_are(orchestra: Orchestra) -> None:
    answer = orchestra.ask("limits", set={"fax": 1})
    assert answer["message"] == "set must be a limit for voice or sms, not 'fax'"


def test_a_halt_goes_on_behind_its_cursor_and_leaves_out_the_pools_it_does_not_name(orchestra: Orchestra) -> None:
    for campaign in ("v1", "v2"):
        started(orchestra, campaign)
    started(orchestra, "s1", "sms")
    answer = orchestra.ask("halt", campaignType="all", reason="r", cursor={"voice": "v1"})
    assert [run["campaignId"] for run in answer["pools"]["voice"]["runs"]] == ["v2"]
    assert answer["pools"]["sms"]["runs"] == []
    assert (orchestra.status("v1"), orchestra.status("v2"), orchestra.status("s1")) == (
        "active",
        "paused",
        "active",
    )


def test_a_pause_that_is_repeated_is_announced_once(orchestra: Orchestra) -> None:
    started(orchestra, "c")
    for _ in range(2):
        assert orchestra.ask("pause", "c", idempotencyKey="k")["success"]
    assert [event.kind for event in orchestra.publisher.published] == ["campaign.started", "campaign.paused"]


def test_a_full_pool_is_searched_behind_the_runs_that_are_as_they_should_be(orchestra: Orchestra) -> None:
    started(orchestra, "v1")
    orchestra.clock.advance(budgets.GRACE_SECONDS)
    started(orchestra, "v2")
    orchestra.container.repository().fence_run(orchestra.run("v2").identity, cause="test", origin=ORIGIN)
    assert orchestra.ask("start", orchestra.put("v3"))["success"]
    assert orchestra.live("voice") == {"v1", "v3"}


def test_a_message_that_nobody_ever_claimed_was_never_dispatched_and_a_silent_claimant_has_failed() -> None:
    def given_up(claims: bool) -> Run:
        orchestra = Orchestra()
        started(orchestra, "s", "sms")
        for _ in range(2 * budgets.MOST_ATTEMPTS):
            if claims and orchestra.messages.queue:
                orchestra.claim(orchestra.messages.queue[-1])
            orchestra.clock.advance(24 * 3600)
            orchestra.ask("reconcile")
        return orchestra.run("s")

    never, silent = given_up(claims=False), given_up(claims=True)
    assert (never.outcome, never.cause) == (RunOutcome.DISPATCH_FAILED, "never_claimed")
    assert (silent.outcome, silent.cause) == (RunOutcome.FAILED, "no_heartbeat")
    assert never.attempts == silent.attempts == budgets.MOST_ATTEMPTS


def test_an_execution_that_is_not_shown_is_foreseen_as_it_would_be_repaired(orchestra: Orchestra) -> None:
    started(orchestra, "c")
    foresee = ForeseeRepair(dispatchers=orchestra.container.dispatchers())

    def foreseen() -> tuple[str, str | None]:
        run = orchestra.container.repository().find_run(orchestra.run("c").identity)
        assert run is not None
        repair, why = foresee.first_of(run, "active")
        return repair.value, why

    orchestra.clock.advance(budgets.GRACE_SECONDS + 1)
    assert foreseen() == ("none", None)  # it is at work
    with looks_show(ExecutionPhase.NO_ANSWER):
        assert foreseen() == ("none", None)  # nobody knows
    orchestra.executions.executions.clear()
    assert foreseen() == ("dispatched_again", "not_visible")
    orchestra.executions.fault = lambda _: Unknown(cause="no_answer")
    for attempt in range(budgets.MOST_ATTEMPTS):
        orchestra.ask("reconcile")
        assert foreseen() == ("none", None)  # it has just been dispatched again
        orchestra.clock.advance(2 ** (attempt + 1) * budgets.GRACE_SECONDS + 1)
        assert foreseen() == ("dispatched_again", "not_visible")
    orchestra.executions.fault = lambda _: None
    orchestra.ask("reconcile")
    assert (orchestra.run("c").state, len(orchestra.executions.executions)) == (RunState.RUNNING, 1)
