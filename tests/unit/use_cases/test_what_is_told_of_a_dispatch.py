"""Each way in which a dispatch can go: the whole answer, the audit trail with its cause, and what is published."""

from typing import Any

import pytest

from asking.orchestra import Orchestra
from asking.requests import ORIGIN
from orchestrator_domain import budgets
from orchestrator_domain.errors import StoreUnavailable
from orchestrator_domain.ports.dispatcher import Collision, NoEffect, Refused, Unknown
from orchestrator_domain.ports.event_publisher import CampaignEvent
from orchestrator_domain.run import RunOutcome

UNCONFIRMED = (
    "whether run 1 was dispatched is not known yet ({}); repeat the request with the same idempotency key, or ask"
    " for its status"
)
REFUSED_FOR_GOOD = "the dispatcher refused run 1 ({}); the campaign is failed, retry it after the repair"
AWAY = "the dispatcher is away ({}); the campaign is draft as before"
AWAY_SECONDS, UNCONFIRMED_SECONDS = budgets.DISPATCHER_RETRY_SECONDS, budgets.UNCONFIRMED_RETRY_SECONDS
Row = tuple[str, str | None]


@pytest.fixture
def orchestra() -> Orchestra:
    return Orchestra()


def start(orchestra: Orchestra, campaign: str, action: str = "start") -> dict[str, Any]:
    return orchestra.ask(action, campaign, idempotencyKey="k", actor="Ada", reason="spring sale")


def away(*_: object, **__: object) -> None:
    raise StoreUnavailable(cause="no_connection")


def rows(orchestra: Orchestra, campaign: str) -> list[Row]:
    """Kind and cause of the audit rows, each of them signed."""
    entries = orchestra.store.events[campaign]
    assert {(row.origin.actor, row.origin.reason, row.origin.source) for row in entries} == {
        ("Ada", "spring sale", "direct")
    }
    return [(row.kind, row.cause) for row in entries]


@pytest.mark.parametrize(
    ("answer", "code", "message", "retry_after_seconds", "left"),
    [
        (NoEffect(cause="no_connection"), "dispatcher_unavailable", AWAY, AWAY_SECONDS, "run_ended"),
        (Refused(cause="Throttling", transient=True), "dispatcher_unavailable", AWAY, AWAY_SECONDS, "run_ended"),
        (Collision(cause="name_taken"), "dispatcher_unavailable", AWAY, AWAY_SECONDS, "run_ended"),
        (Refused(cause="AccessDenied", transient=False), "dispatch_failed", REFUSED_FOR_GOOD, None, "run_ended"),
        (Unknown(cause="no_answer"), "dispatch_unconfirmed", UNCONFIRMED, UNCONFIRMED_SECONDS, "dispatch_unknown"),
    ],
)
def test_an_answer_of_the_dispatcher(
    orchestra: Orchestra,
    answer: NoEffect | Refused | Collision | Unknown,
    code: str,
    message: str,
    retry_after_seconds: int | None,
    left: str,
) -> None:
    campaign = orchestra.put("c")
    orchestra.executions.fault = lambda _: answer
    given = start(orchestra, campaign)
    assert (given["errorCode"], given["message"]) == (code, message.format(answer.cause))
    assert (given["cause"], given["campaignType"]) == (answer.cause, "voice")
    assert (given.get("retryAfterSeconds"), given["retryable"]) == (retry_after_seconds, code != "dispatch_failed")
    assert rows(orchestra, campaign) == [("start_admitted", None), (left, answer.cause)]
    assert orchestra.publisher.published == []


def test_a_dispatch_whose_record_the_store_did_not_take(
    orchestra: Orchestra, monkeypatch: pytest.MonkeyPatch
) -> None:
    campaign = orchestra.put("c")
    monkeypatch.setattr(type(orchestra.container.repository()), "mark_dispatched", away)
    given = start(orchestra, campaign)
    assert (given["errorCode"], given["message"]) == ("dispatch_unconfirmed", UNCONFIRMED.format("no_connection"))


@pytest.mark.parametrize(
    ("answer", "method"),
    [
        (Unknown(cause="no_answer"), "mark_unknown"),
        (NoEffect(cause="no_connection"), "end_run"),
        (Collision(cause="name_taken"), "find_run"),
        (Collision(cause="name_taken"), "end_run"),
    ],
)
def test_a_store_that_goes_away_after_the_dispatcher_has_answered(
    orchestra: Orchestra, monkeypatch: pytest.MonkeyPatch, answer: Unknown | NoEffect | Collision, method: str
) -> None:
    campaign = orchestra.put("c")
    orchestra.executions.fault = lambda _: answer
    monkeypatch.setattr(type(orchestra.container.repository()), method, away)
    given = start(orchestra, campaign)
    assert (given["errorCode"], given["cause"]) == ("dispatch_unconfirmed", answer.cause)


def test_a_refused_retry_gives_the_failed_status_back_and_says_so(orchestra: Orchestra) -> None:
    campaign = orchestra.put("c", status="failed")
    orchestra.executions.fault = lambda _: NoEffect(cause="no_connection")
    assert start(orchestra, campaign, "retry")["message"] == (
        "the dispatcher is away (no_connection); the campaign is failed as before"
    )


def test_a_stop_that_overtook_is_told_with_what_is_known(orchestra: Orchestra) -> None:
    def overtake(run: Any) -> None:
        orchestra.executions.fault = lambda _: None
        orchestra.container.repository().fence_run(run.identity, cause="test", origin=ORIGIN)
        orchestra.executions.stop(run, reason="test")

    campaign = orchestra.put("c")
    orchestra.executions.fault = overtake
    given = start(orchestra, campaign)
    assert (given["message"], given["campaignType"], given["status"], given["allowedActions"]) == (
        "run 1 was stopped before it began",
        "voice",
        "stopping",
        [],
    )


def test_a_known_failure_is_told_again_with_its_cause(orchestra: Orchestra) -> None:
    campaign = orchestra.put("c")
    orchestra.executions.fault = lambda _: Refused(cause="AccessDenied", transient=False)
    assert start(orchestra, campaign) == start(orchestra, campaign)


@pytest.mark.parametrize(
    ("action", "kind", "outcome"),
    [
        ("start", "campaign.started", None),
        ("pause", "campaign.paused", "stopped"),
        ("stop", "campaign.stopped", "stopped"),
    ],
)
def test_an_action_is_published_with_its_run(
    orchestra: Orchestra, action: str, kind: str, outcome: str | None
) -> None:
    campaign = orchestra.put("c")
    orchestra.ask("start", campaign)
    orchestra.clock.advance(7)
    if action != "start":
        orchestra.ask(action, campaign)
    run = orchestra.run(campaign)
    assert orchestra.publisher.published[-1] == CampaignEvent(
        kind=kind,
        campaign_id=campaign,
        campaign_type="voice",
        run_number=1,
        at=run.created_at if action == "start" else orchestra.clock.now(),
        detail={"runId": run.run_id, "outcome": outcome},
    )


@pytest.mark.parametrize(
    ("ended_as", "kind", "outcome"),
    [
        (RunOutcome.SUCCEEDED, "campaign.completed", "succeeded"),
        (RunOutcome.FAILED, "campaign.failed", "failed"),
        (RunOutcome.ABORTED, "campaign.failed", "aborted"),
    ],
)
def test_an_end_is_published_with_its_outcome(
    orchestra: Orchestra, ended_as: RunOutcome, kind: str, outcome: str
) -> None:
    campaign = orchestra.put("c")
    orchestra.ask("start", campaign)
    orchestra.execution_ends(campaign, ended_as)
    told = orchestra.publisher.published[-1]
    assert (told.kind, told.detail["outcome"], told.detail["runId"]) == (
        kind,
        outcome,
        orchestra.run(campaign).run_id,
    )
    ended = orchestra.store.events[campaign][-1]
    assert (ended.kind, ended.cause, ended.detail) == ("run_ended", outcome, {"outcome": outcome})
