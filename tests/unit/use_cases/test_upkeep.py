"""Reconcile, a full pool that is looked at, and history."""

import pytest

from asking.orchestra import Orchestra
from orchestrator_adapters.memory.deadline import MonotonicDeadline
from orchestrator_domain import budgets
from orchestrator_domain.ports.dispatcher import Unknown
from orchestrator_domain.ports.run_claims import BatchLease, Claim
from orchestrator_domain.run import Run, RunOutcome, RunState


@pytest.fixture
def orchestra() -> Orchestra:
    return Orchestra({"MAX_CONCURRENT_VOICE_CAMPAIGNS": "2", "MAX_CONCURRENT_SMS_CAMPAIGNS": "2"})


def crash(_: Run) -> None:
    raise KeyboardInterrupt


def repairs(answer: dict[str, object]) -> list[tuple[str, str]]:
    pools = answer["pools"]
    assert isinstance(pools, dict)
    return [(one["campaignId"], one["repair"]) for pool in pools.values() for one in pool["repairs"]]


def started(orchestra: Orchestra, campaign: str, campaign_type: str = "voice") -> str:
    orchestra.put(campaign, campaign_type)
    assert orchestra.ask("start", campaign)["success"]
    return campaign


def agree(orchestra: Orchestra) -> bool:
    """At rest: repository, ledger and dispatchers say the same."""
    return all(orchestra.live(pool) == orchestra.shown(pool) for pool in ("voice", "sms"))


def past_grace(orchestra: Orchestra) -> None:
    orchestra.clock.advance(budgets.GRACE_SECONDS + 1)


def test_where_nothing_is_to_be_done_nothing_is_done(orchestra: Orchestra) -> None:
    started(orchestra, "v")
    past_grace(orchestra)
    rows = len(orchestra.store.events["v"])
    for _ in range(2):
        answer = orchestra.ask("reconcile")
        assert answer["pools"]["voice"] == {
            "lookedAt": 1,
            "campaignIds": ["v"],
            "repairs": [],
            "orphans": [],
            "foreignExecutions": 0,
            "complete": True,
            "projection": "current",
        }
        assert answer["cursor"] is None
    assert len(orchestra.store.events["v"]) == rows


def test_a_run_that_was_admitted_and_never_dispatched_is_dispatched(orchestra: Orchestra) -> None:
    orchestra.put("v")
    orchestra.executions.fault = crash
    with pytest.raises(KeyboardInterrupt):
        orchestra.ask("start", "v")
    orchestra.executions.fault = lambda _: None
    assert repairs(orchestra.ask("reconcile")) == []
    past_grace(orchestra)
    assert repairs(orchestra.ask("reconcile")) == [("v", "adopted")]
    assert orchestra.run("v").state is RunState.RUNNING
    assert repairs(orchestra.ask("reconcile")) == []
    assert agree(orchestra)


def test_a_run_whose_execution_has_ended_unnoticed_is_ended(orchestra: Orchestra) -> None:
    started(orchestra, "v")
    orchestra.executions.close(orchestra.run("v").execution_name, RunOutcome.SUCCEEDED)
    assert repairs(orchestra.ask("reconcile")) == [("v", "ended")]
    assert orchestra.status("v") == "completed"
    assert agree(orchestra)


def test_a_stop_that_was_left_is_finished(orchestra: Orchestra) -> None:
    started(orchestra, "v")
    orchestra.executions.away = True
    orchestra.ask("stop", "v")
    orchestra.executions.away = False
    assert repairs(orchestra.ask("reconcile")) == [("v", "stopped")]
    assert agree(orchestra)


@pytest.mark.parametrize("campaign_type", ["voice", "sms"])
@pytest.mark.parametrize("behind_our_back", ["completed", "cancelled", "draft", "type", "deleted"])
def test_a_campaign_that_was_changed_behind_our_back_is_stopped(
    orchestra: Orchestra, campaign_type: str, behind_our_back: str
) -> None:
    started(orchestra, "c", campaign_type)
    pool = orchestra.run("c").pool
    row = orchestra.store.campaigns["c"]
    if behind_our_back == "deleted":
        del orchestra.store.campaigns["c"]
    elif behind_our_back == "type":
        row.campaign_type = "hybrid" if campaign_type == "sms" else "sms"
    else:
        row.status = behind_our_back
    assert repairs(orchestra.ask("reconcile")) == [("c", "fenced"), ("c", "stopped")]
    assert orchestra.live(pool) == orchestra.shown(pool) == set()
    kinds = [entry.kind for entry in orchestra.store.events["c"]]
    assert kinds[-2:] == ["fenced", "run_ended"]
    if behind_our_back not in ("deleted", "type"):
        assert row.status == behind_our_back


def test_the_ledger_is_made_equal(orchestra: Orchestra) -> None:
    started(orchestra, "v")
    orchestra.ledger.active["voice"] = {"forged"}
    orchestra.ledger.runs["voice"].clear()
    past_grace(orchestra)
    assert orchestra.ask("reconcile")["pools"]["voice"]["projection"] == "rebuilt"
    assert orchestra.shown("voice") == {"v"}
    assert orchestra.ask("reconcile")["pools"]["voice"]["projection"] == "current"


def test_a_cursor_goes_on_where_a_call_has_ended(orchestra: Orchestra) -> None:
    for campaign in ("v1", "v2"):
        started(orchestra, campaign)
        orchestra.executions.close(orchestra.run(campaign).execution_name, RunOutcome.SUCCEEDED)
    first = orchestra.ask("reconcile", limit=1)
    assert repairs(first) == [("v1", "ended")]
    assert first["cursor"] == {"voice": "v1"}
    second = orchestra.ask("reconcile", limit=1, cursor=first["cursor"])
    assert repairs(second) == [("v2", "ended")]
    assert orchestra.ask("reconcile", limit=1, cursor=second["cursor"])["cursor"] is None


def test_a_run_that_cannot_be_settled_leaves_the_others_theirs(orchestra: Orchestra) -> None:
    for campaign in ("v1", "v2"):
        started(orchestra, campaign)
    orchestra.executions.close(orchestra.run("v2").execution_name, RunOutcome.FAILED)
    orchestra.executions.executions.pop(orchestra.run("v1").execution_name)
    assert repairs(orchestra.ask("reconcile")) == [("v2", "ended")]


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"limit": 0}, "limit"),
        ({"limit": 1001}, "limit"),
        ({"limit": True}, "limit"),
        ({"cursor": "v1"}, "cursor"),
        ({"cursor": {"voice": "a b"}}, "cursor"),
        ({"dryRun": "yes"}, "dryRun"),
        ({"campaignId": "c"}, "campaignId"),
    ],
)
def test_a_wrong_reconcile_request_names_its_field(
    orchestra: Orchestra, more: dict[str, object], field: str
) -> None:
    answer = orchestra.send({"action": "reconcile", **more})
    assert (answer["errorCode"], answer["field"]) == ("invalid_request", field)


def test_a_schedule_reconciles(orchestra: Orchestra) -> None:
    started(orchestra, "v")
    orchestra.executions.close(orchestra.run("v").execution_name, RunOutcome.SUCCEEDED)
    answer = orchestra.send({"source": "aws.events", "detail-type": "Scheduled Event", "detail": {}})
    assert repairs(answer) == [("v", "ended")]
    assert orchestra.store.events["v"][-1].origin.source == "schedule"


def test_a_pool_full_of_ended_work_refuses_nobody(orchestra: Orchestra) -> None:
    for campaign in ("v1", "v2"):
        started(orchestra, campaign)
    orchestra.executions.close(orchestra.run("v2").execution_name, RunOutcome.SUCCEEDED)
    orchestra.put("v3")
    assert orchestra.ask("start", "v3")["errorCode"] == "resource_limit_reached"  # within their grace
    past_grace(orchestra)
    assert orchestra.ask("start", "v3")["success"]
    assert orchestra.live("voice") == orchestra.shown("voice") == {"v1", "v3"}


def test_a_stop_that_was_left_refuses_nobody(orchestra: Orchestra) -> None:
    for campaign in ("v1", "v2"):
        started(orchestra, campaign)
    orchestra.executions.away = True
    orchestra.ask("stop", "v1")
    orchestra.executions.away = False
    orchestra.put("v3")
    assert orchestra.ask("start", "v3")["success"]


def test_a_dead_dispatcher_s_expired_lease_refuses_nobody(orchestra: Orchestra) -> None:
    for campaign in ("s1", "s2"):
        started(orchestra, campaign, "sms")
    claim = orchestra.claim(orchestra.messages.queue[0])
    assert isinstance(claim, Claim)
    assert isinstance(orchestra.claims().begin_batch(claim, lease_seconds=30, size=5), BatchLease)
    orchestra.ask("stop", "s1")
    orchestra.put("s3", "sms")
    assert orchestra.ask("start", "s3")["errorCode"] == "resource_limit_reached"
    orchestra.clock.advance(36)
    assert orchestra.ask("start", "s3")["success"]


def test_a_full_pool_is_looked_at_only_while_time_suffices(orchestra: Orchestra) -> None:
    for campaign in ("v1", "v2"):
        started(orchestra, campaign)
        orchestra.executions.close(orchestra.run(campaign).execution_name, RunOutcome.SUCCEEDED)
    past_grace(orchestra)
    orchestra.put("v3")
    short = MonotonicDeadline(budgets.BEFORE_ADMISSION_SECONDS + 1)
    assert orchestra.ask("start", "v3", deadline=short)["errorCode"] == "resource_limit_reached"
    assert orchestra.ask("start", "v3")["success"]


def test_looking_at_a_full_pool_keeps_what_is_unknown(orchestra: Orchestra) -> None:
    started(orchestra, "v1")
    orchestra.put("v2")
    orchestra.executions.fault = lambda _: Unknown(cause="no_answer")
    orchestra.ask("start", "v2")
    past_grace(orchestra)
    orchestra.put("v3")
    assert orchestra.ask("start", "v3")["errorCode"] == "resource_limit_reached"
    assert orchestra.live("voice") == {"v1", "v2"}


def test_history_tells_what_happened_and_who_wanted_it(orchestra: Orchestra) -> None:
    orchestra.put("v")
    orchestra.ask("start", "v", actor="Ada", reason="Monday")
    orchestra.ask("pause", "v")
    history = orchestra.ask("history", "v")["history"]
    assert [entry["kind"] for entry in history] == [
        "start_admitted",
        "dispatched",
        "pause_requested",
        "run_ended",
    ]
    assert (history[0]["actor"], history[0]["reason"]) == ("Ada", "Monday")
    assert (history[0]["statusFrom"], history[0]["statusTo"]) == ("draft", "active")
    assert history[3]["detail"] == {"outcome": "stopped"}
    assert orchestra.ask("history", "nobody")["history"] == []
