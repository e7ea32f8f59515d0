"""The emergency stop: the halt, what it stops, what it leaves to the next call, and its end."""

from typing import Any

import pytest

from asking.orchestra import Orchestra
from orchestrator_adapters.memory.campaign_repository import InMemoryCampaignRepository
from orchestrator_adapters.memory.deadline import FixedDeadline
from orchestrator_adapters.memory.pool_control import InMemoryPoolControl
from orchestrator_domain import budgets
from orchestrator_domain.errors import StoreUnavailable
from orchestrator_domain.ports.dispatcher import StopAnswer
from orchestrator_domain.ports.run_claims import BatchLease, Claim, ClaimRefusal
from orchestrator_domain.run import Progress, Run, RunOutcome
from orchestrator_domain.use_cases import halt_pool_pass

FUNCTION_SECONDS = 25.0


@pytest.fixture
def orchestra() -> Orchestra:
    return Orchestra({"MAX_CONCURRENT_VOICE_CAMPAIGNS": "300", "MAX_CONCURRENT_SMS_CAMPAIGNS": "300"})


def started(orchestra: Orchestra, *names: str) -> None:
    """Campaigns that begin with s are SMS campaigns, with h hybrid ones."""
    for name in names:
        orchestra.put(name, {"s": "sms", "h": "hybrid"}.get(name[0], "voice"))
        assert orchestra.ask("start", name)["success"]


def halt(orchestra: Orchestra, channel: str = "all", **more: Any) -> dict[str, Any]:
    return orchestra.ask("halt", campaignType=channel, **{"reason": "an incident"} | more)


def kinds(orchestra: Orchestra, name: str) -> list[str]:
    return [row.kind for row in orchestra.store.events.get(name, [])]


def stopping_takes(
    patch: pytest.MonkeyPatch, orchestra: Orchestra, deadline: FixedDeadline, seconds: float
) -> None:
    stop = type(orchestra.executions).stop

    def slow(self: Any, run: Run, *, reason: str) -> StopAnswer:
        deadline.spend(seconds)
        return stop(self, run, reason=reason)

    patch.setattr(type(orchestra.executions), "stop", slow)


def test_everything_live_is_stopped_and_reported_and_can_be_resumed_after_the_halt(orchestra: Orchestra) -> None:
    started(orchestra, "v1", "h1", "s1")
    answer = halt(orchestra)
    assert (answer["success"], answer["complete"], answer["cursor"]) == (True, True, None)
    assert answer["pools"] == {
        "voice": {
            "halted": "an incident",
            "runs": [
                {"campaignId": "h1", "runNumber": 1, "runState": "ended", "inFlight": 0},
                {"campaignId": "v1", "runNumber": 1, "runState": "ended", "inFlight": 0},
            ],
            "remaining": 0,
            "complete": True,
        },
        "sms": {
            "halted": "an incident",
            "runs": [{"campaignId": "s1", "runNumber": 1, "runState": "ended", "inFlight": 0}],
            "remaining": 0,
            "complete": True,
        },
    }
    for campaign in ("v1", "h1", "s1"):
        assert (orchestra.status(campaign), orchestra.run(campaign).outcome) == ("paused", RunOutcome.STOPPED)
        refused = orchestra.ask("resume", campaign)
        assert (refused["errorCode"], refused["retryable"]) == ("pool_halted", True)
        assert "an incident" in refused["message"]
    assert orchestra.live("voice") == orchestra.shown("voice") == orchestra.live("sms") == set()
    lifted = orchestra.ask("unhalt", campaignType="all")
    assert "halted" not in lifted["pools"]["voice"]
    assert orchestra.status("v1") == "paused"
    for campaign in ("v1", "h1", "s1"):
        assert orchestra.ask("resume", campaign)["runNumber"] == 2


def test_a_halt_of_one_channel_leaves_the_other_alone(orchestra: Orchestra) -> None:
    started(orchestra, "v1", "s1")
    assert list(halt(orchestra, "sms")["pools"]) == ["sms"]
    assert (orchestra.live("sms"), orchestra.live("voice")) == (set(), {"v1"})
    assert kinds(orchestra, "pool:voice") == []
    assert kinds(orchestra, "v1") == ["start_admitted", "dispatched"]
    started(orchestra, "v2")
    halt(orchestra, "voice")
    assert orchestra.live("voice") == set()


def test_it_is_audited_once_however_often_it_is_asked_for(orchestra: Orchestra) -> None:
    started(orchestra, "s1")
    for _ in range(3):
        halt(orchestra, "sms", actor="Ada")
    assert kinds(orchestra, "pool:sms") == ["halted"]
    assert kinds(orchestra, "s1") == ["start_admitted", "dispatched", "halt_requested", "run_ended"]
    row = orchestra.store.events["pool:sms"][0]
    assert (row.origin.actor, row.origin.reason, row.cause) == ("Ada", "an incident", "an incident")
    for _ in range(2):
        orchestra.ask("unhalt", campaignType="sms", actor="Bob", reason="all is well")
    assert kinds(orchestra, "pool:sms") == ["halted", "unhalted"]
    row = orchestra.store.events["pool:sms"][1]
    assert (row.origin.actor, row.origin.reason) == ("Bob", "all is well")


def test_a_batch_that_had_begun_is_told_until_it_is_over(orchestra: Orchestra) -> None:
    started(orchestra, "s1")
    claim = orchestra.claim(orchestra.messages.queue[-1])
    assert isinstance(claim, Claim)
    lease = orchestra.claims().begin_batch(claim, lease_seconds=60, size=40)
    assert isinstance(lease, BatchLease)
    answer = halt(orchestra, "sms", idempotencyKey="k")
    assert (answer["complete"], answer["pools"]["sms"]["remaining"], answer["cursor"]) == (False, 1, None)
    assert answer["pools"]["sms"]["runs"] == [
        {"campaignId": "s1", "runNumber": 1, "runState": "stopping", "inFlight": 40}
    ]
    assert isinstance(orchestra.claims().begin_batch(claim, lease_seconds=60, size=1), ClaimRefusal)
    orchestra.claims().end_batch(claim, lease, progress=Progress(total=100, sent=40))
    assert halt(orchestra, "sms", idempotencyKey="k")["complete"]


def test_while_the_dispatcher_is_away_the_fence_holds_and_reconciliation_finishes(orchestra: Orchestra) -> None:
    started(orchestra, "v1")
    orchestra.executions.away = True
    answer = halt(orchestra, "voice")
    assert answer["pools"]["voice"]["runs"][0]["runState"] == "stopping"
    assert (answer["complete"], orchestra.status("v1")) == (False, "paused")
    orchestra.executions.away = False
    orchestra.ask("reconcile")
    assert orchestra.live("voice") == set()


def test_one_that_runs_out_of_time_tells_what_is_left_and_where_to_go_on(
    monkeypatch: pytest.MonkeyPatch, orchestra: Orchestra
) -> None:
    names = [f"v{number:02}" for number in range(30)]
    started(orchestra, *names)
    remaining: list[int] = []
    cursor = None
    while not remaining or remaining[-1]:
        deadline = FixedDeadline(FUNCTION_SECONDS)
        with monkeypatch.context() as patch:
            stopping_takes(patch, orchestra, deadline, 0.9)
            answer = halt(orchestra, "voice", deadline=deadline, **({"cursor": cursor} if cursor else {}))
        assert deadline.seconds >= 0
        pool = answer["pools"]["voice"]
        remaining.append(pool["remaining"])
        told = [run["campaignId"] for run in pool["runs"]]
        assert told == names[30 - remaining[-1] - len(told) : 30 - remaining[-1]]
        assert answer["complete"] is pool["complete"] is (remaining[-1] == 0)
        cursor = answer["cursor"]
        assert cursor == ({"voice": told[-1]} if remaining[-1] else None)
    # From 25 s down to what one more step may need, 0.9 s each.
    assert remaining == [15, 0]
    assert kinds(orchestra, "pool:voice") == ["halted"]


def test_one_without_time_for_a_single_run_has_halted_all_the_same(orchestra: Orchestra) -> None:
    started(orchestra, "v1")
    answer = halt(orchestra, "voice", deadline=FixedDeadline(budgets.RECONCILE_STEP_SECONDS - 1))
    assert (answer["success"], answer["complete"], answer["cursor"]) == (True, False, {"voice": None})
    assert answer["pools"]["voice"]["remaining"] == 1
    orchestra.put("v2")
    assert orchestra.ask("start", "v2")["errorCode"] == "pool_halted"
    late = halt(orchestra, "voice", deadline=FixedDeadline(budgets.STORE_SECONDS))
    assert late["errorCode"] == "deadline_too_close"


def test_a_channel_whose_dispatcher_hangs_gives_way_to_the_other(
    monkeypatch: pytest.MonkeyPatch, orchestra: Orchestra
) -> None:
    started(orchestra, *(f"v{number}" for number in range(9)), *(f"s{number}" for number in range(50)))
    deadline = FixedDeadline(FUNCTION_SECONDS)
    stopping_takes(monkeypatch, orchestra, deadline, budgets.DISPATCH_SECONDS)
    answer = halt(orchestra, deadline=deadline)
    assert {name: pool["remaining"] for name, pool in answer["pools"].items()} == {"voice": 5, "sms": 0}
    assert answer["cursor"] == {"voice": "v3"}


def test_an_answer_tells_of_so_many_runs_and_no_more(monkeypatch: pytest.MonkeyPatch, orchestra: Orchestra) -> None:
    monkeypatch.setattr(halt_pool_pass, "MOST_RUNS_TOLD", 4)
    monkeypatch.setattr(halt_pool_pass, "RUNS_READ_AT_ONCE", 2)
    started(orchestra, *(f"s{number}" for number in range(6)))
    first = halt(orchestra, "sms")
    assert (len(first["pools"]["sms"]["runs"]), first["cursor"]) == (4, {"sms": "s3"})
    assert halt(orchestra, "sms", cursor=first["cursor"])["complete"]


def test_reconciliation_goes_on_with_what_a_halt_has_not_come_to(orchestra: Orchestra) -> None:
    started(orchestra, "v1", "s1")
    orchestra.container.pool_control().set_halt("sms", "an incident", origin=orchestra.store.events["s1"][0].origin)
    foreseen = orchestra.ask("reconcile", dryRun=True)["pools"]["sms"]["repairs"]
    done = orchestra.ask("reconcile")["pools"]["sms"]["repairs"]
    assert foreseen == done == [
        {"campaignId": "s1", "runNumber": 1, "repair": "fenced", "why": "pool_halted"},
        {"campaignId": "s1", "runNumber": 1, "repair": "stopped", "why": "pool_halted"},
    ]  # fmt: skip
    assert (orchestra.status("s1"), orchestra.live("sms"), orchestra.live("voice")) == ("paused", set(), {"v1"})
    assert orchestra.ask("reconcile")["pools"]["sms"]["repairs"] == []


def test_listeners_are_told_of_each_campaign_that_was_paused_once(orchestra: Orchestra) -> None:
    started(orchestra, "v1", "s1")
    claim = orchestra.claim(orchestra.messages.queue[-1])
    assert isinstance(claim, Claim)
    orchestra.claims().begin_batch(claim, lease_seconds=60, size=40)
    for _ in range(2):
        halt(orchestra)
        orchestra.ask("reconcile")
    orchestra.clock.advance(66)
    assert halt(orchestra)["complete"]
    told = [(one.kind, one.campaign_id) for one in orchestra.publisher.published]
    assert told[2:] == [("campaign.paused", "v1"), ("campaign.paused", "s1")]


def test_a_key_that_comes_again_after_the_halt_was_lifted_halts_nothing(orchestra: Orchestra) -> None:
    halt(orchestra, "sms", idempotencyKey="first")
    orchestra.ask("unhalt", campaignType="sms", idempotencyKey="second")
    started(orchestra, "s1")
    again = halt(orchestra, "sms", idempotencyKey="first")
    assert (again["success"], again["complete"], again["cursor"]) == (True, True, None)
    assert again["pools"]["sms"] == {"halted": None, "runs": [], "remaining": 1, "complete": True}
    assert "lifted" in again["message"]
    assert orchestra.live("sms") == {"s1"}


def test_an_unhalt_that_comes_again_lifts_no_later_halt(orchestra: Orchestra) -> None:
    orchestra.ask("unhalt", campaignType="sms", idempotencyKey="early")
    halt(orchestra, "sms")
    again = orchestra.ask("unhalt", campaignType="sms", idempotencyKey="early")
    assert (again["success"], again["pools"]["sms"]["halted"]) == (True, "an incident")
    assert again["message"] == "Lifted before, and halted again since: sms"


def test_a_key_of_another_request_does_nothing(orchestra: Orchestra) -> None:
    started(orchestra, "v1", "s1")
    halt(orchestra, "sms", idempotencyKey="k")
    for refused in (
        halt(orchestra, idempotencyKey="k"),
        orchestra.ask("unhalt", campaignType="sms", idempotencyKey="k"),
    ):
        assert (refused["errorCode"], refused["retryable"]) == ("idempotency_key_reused", False)
        assert "pool" in refused["message"]
    assert orchestra.live("voice") == {"v1"}
    assert orchestra.store.is_halted("sms")


def test_a_run_that_cannot_be_paused_is_told_as_it_is_and_keeps_nobody_waiting(
    monkeypatch: pytest.MonkeyPatch, orchestra: Orchestra
) -> None:
    started(orchestra, "s1", "s2")
    pause_run = InMemoryPoolControl.pause_run

    def away(self: Any, identity: Any, *, origin: Any) -> Run | None:
        if identity.campaign_id == "s1":
            raise StoreUnavailable(cause="lock_timeout")
        return pause_run(self, identity, origin=origin)

    monkeypatch.setattr(InMemoryPoolControl, "pause_run", away)
    answer = halt(orchestra, "sms")["pools"]["sms"]
    assert [(run["campaignId"], run["runState"]) for run in answer["runs"]] == [
        ("s1", "dispatched"),
        ("s2", "ended"),
    ]
    assert (answer["remaining"], answer["complete"]) == (1, False)


def test_once_the_halt_stands_the_answer_says_so_whatever_is_away(
    monkeypatch: pytest.MonkeyPatch, orchestra: Orchestra
) -> None:
    started(orchestra, "s1")

    def away(*_: Any, **__: Any) -> Any:
        raise StoreUnavailable(cause="no_answer")

    for method in ("live_runs_by_campaign", "pool_usage"):
        monkeypatch.setattr(InMemoryCampaignRepository, method, away)
    answer = halt(orchestra, "sms")
    assert (answer["success"], answer["complete"], answer["cursor"]) == (True, False, {"sms": None})
    assert answer["pools"]["sms"] == {"halted": "an incident", "runs": [], "remaining": None, "complete": False}
    assert orchestra.store.is_halted("sms")


@pytest.mark.parametrize("action", ["halt", "unhalt"])
@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"campaignType": "hybrid"}, "campaignType"),
        ({"campaignType": "fax"}, "campaignType"),
        ({"campaignType": None}, "campaignType"),
        ({"reason": ""}, "reason"),
        ({"reason": "two\nlines"}, "reason"),
        ({"idempotencyKey": "a b"}, "idempotencyKey"),
        ({"expiresAt": "soon"}, "expiresAt"),
        ({"campaignId": "c"}, "campaignId"),
        ({"limit": 5}, "limit"),
    ],
)
def test_a_wrong_request_names_its_field_and_does_nothing(
    orchestra: Orchestra, action: str, more: dict[str, Any], field: str
) -> None:
    halt(orchestra, "sms")
    refused = orchestra.send({"action": action, "campaignType": "all", "reason": "why", **more})
    assert (refused["errorCode"], refused["field"]) == ("invalid_request", field)
    assert (orchestra.store.is_halted("voice"), orchestra.store.is_halted("sms")) == (False, True)


@pytest.mark.parametrize(
    ("event", "field"),
    [
        ({"action": "halt", "campaignType": "all"}, "reason"),
        ({"action": "halt", "reason": "why"}, "campaignType"),
        ({"action": "halt", "reason": "why", "campaignType": "all", "cursor": {"sms": "a b"}}, "cursor"),
        ({"action": "unhalt"}, "campaignType"),
    ],
)
def test_what_is_missing_is_named(orchestra: Orchestra, event: dict[str, Any], field: str) -> None:
    refused = orchestra.send(event)
    assert (refused["errorCode"], refused["field"]) == ("invalid_request", field)
    assert not orchestra.store.is_halted("voice")
