"""What a repository has refused, as the caller is told it."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from asking.orchestra import Orchestra
from orchestrator_domain import budgets, errors
from orchestrator_domain.campaign import Action, Campaign
from orchestrator_domain.decisions import Decision, InvalidField, Verdict
from orchestrator_domain.pools import PoolUsage
from orchestrator_domain.retry_after import retry_after_seconds
from orchestrator_domain.run import Run, RunState
from orchestrator_domain.use_cases.refusals import refusal_of

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)


def campaign(status: str = "active") -> Campaign:
    return Campaign(
        campaign_id="c",
        campaign_type="hybrid",
        name="n",
        status=status,
        config={},
        timezone=None,
        updated_at=NOON,
        latest_run=None,
    )


def run() -> Run:
    orchestra = Orchestra()
    orchestra.ask("start", orchestra.put("c", "hybrid"))
    return orchestra.run("c")


def usage(**more: Any) -> PoolUsage:
    return PoolUsage(name="voice", active=5, limit=5, observed_at=NOON, **more)


def refusal(decision: Decision, action: Action = Action.START) -> errors.OrchestratorError:
    return refusal_of(decision, campaign_id="asked-for", action=action, seed="seed")


@pytest.mark.parametrize(
    ("decided", "made"),
    [
        (
            lambda: Decision(verdict=Verdict.CAMPAIGN_NOT_FOUND),
            lambda: errors.CampaignNotFound(campaign_id="asked-for"),
        ),
        (lambda: Decision(verdict=Verdict.IDEMPOTENCY_KEY_REUSED), errors.IdempotencyKeyReused),
        (
            lambda: Decision(
                verdict=Verdict.INVALID_CAMPAIGN,
                campaign=campaign(),
                invalid_field=InvalidField(name="timezone", value="Moon", allowed="a zone"),
            ),
            lambda: errors.InvalidCampaign(
                field="timezone", value="Moon", allowed="a zone", campaign_type="hybrid"
            ),
        ),
        (
            lambda: Decision(
                verdict=Verdict.PAYLOAD_TOO_LARGE,
                campaign=campaign(),
                size_bytes=12,
                limit_bytes=10,
                largest_field="name",
            ),
            lambda: errors.PayloadTooLarge(field="name", size_bytes=12, limit_bytes=10, campaign_type="hybrid"),
        ),
        (
            lambda: Decision(verdict=Verdict.PAYLOAD_TOO_LARGE),
            lambda: errors.PayloadTooLarge(field="config", size_bytes=0, limit_bytes=0, campaign_type=None),
        ),
        (
            lambda: Decision(verdict=Verdict.STILL_STOPPING, campaign=campaign(), run=run()),
            lambda: errors.StillStopping(
                run_number=1,
                in_flight=0,
                retry_after_seconds=budgets.STILL_STOPPING_RETRY_SECONDS,
                campaign_type="hybrid",
            ),
        ),
        (
            lambda: Decision(verdict=Verdict.RESOURCE_LIMIT_REACHED, campaign=campaign(), usage=usage()),
            lambda: errors.ResourceLimitReached(
                usage=usage(),
                retry_after_seconds=retry_after_seconds(usage(), seed="seed"),
                campaign_type="hybrid",
            ),
        ),
        (
            lambda: Decision(
                verdict=Verdict.POOL_HALTED, campaign=campaign(), usage=usage(halted_reason="complaints")
            ),
            lambda: errors.PoolHalted(
                pool="voice",
                reason="complaints",
                retry_after_seconds=budgets.HALTED_RETRY_SECONDS,
                campaign_type="hybrid",
            ),
        ),
    ],
)
def test_each_verdict_is_told_with_all_that_was_found(
    decided: Callable[[], Decision], made: Callable[[], errors.OrchestratorError]
) -> None:
    told, expected = refusal(decided()), made()
    assert (type(told), vars(told)) == (type(expected), vars(expected))


@pytest.mark.parametrize(
    ("status", "has_run", "allowed"),
    [("active", True, ("pause", "stop")), ("paused", False, ("resume", "stop")), ("archived", False, ())],
)
def test_a_state_is_refused_with_what_is_in_the_way_and_what_is_allowed(
    status: str, has_run: bool, allowed: tuple[str, ...]
) -> None:
    in_the_way = run() if has_run else None
    told = refusal(Decision(verdict=Verdict.INVALID_STATE, campaign=campaign(status), run=in_the_way), Action.RETRY)
    assert isinstance(told, errors.InvalidState)
    assert (told.status, told.allowed_actions, told.campaign_type) == (status, allowed, "hybrid")
    which = " (run 1, since 2026-01-01T00:00:00+00:00)" if has_run else ""
    assert told.message == (
        f"Campaign c is {status}{which}: retry is not allowed; allowed: {', '.join(allowed) or 'nothing'}"
    )


def test_a_run_that_has_ended_is_in_nobody_s_way() -> None:
    orchestra = Orchestra()
    orchestra.ask("start", orchestra.put("c"))
    orchestra.ask("stop", "c")
    ended = orchestra.run("c")
    assert ended.state is RunState.ENDED
    told = refusal(Decision(verdict=Verdict.INVALID_STATE, campaign=campaign("cancelled"), run=ended))
    assert told.message.startswith("Campaign c is cancelled: start is not allowed")


@pytest.mark.parametrize(
    "decision",
    [
        Decision(verdict=Verdict.INVALID_STATE),
        Decision(verdict=Verdict.INVALID_CAMPAIGN),
        Decision(verdict=Verdict.STILL_STOPPING),
        Decision(verdict=Verdict.RESOURCE_LIMIT_REACHED),
        Decision(verdict=Verdict.POOL_HALTED),
        Decision(verdict=Verdict.POOL_HALTED, usage=usage()),
    ],
    ids=lambda decision: decision.verdict.value,
)
def test_a_repository_that_leaves_out_what_it_owes_is_found_out(decision: Decision) -> None:
    with pytest.raises(AssertionError, match=r"^a repository (names|shows|refuses)"):
        refusal(decision)


def test_callers_who_were_refused_together_do_not_come_back_together() -> None:
    waits = [retry_after_seconds(usage(recent_run_seconds=(400.0,)), seed=f"caller-{n}") for n in range(200)]
    assert min(waits) < 410
    assert 490 < max(waits) <= 500
    assert len(set(waits)) > 50
    assert retry_after_seconds(usage(recent_run_seconds=(400.0,)), seed="caller-0") == waits[0]
