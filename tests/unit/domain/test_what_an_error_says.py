"""Every error, whole: what a person reads, and what a program reads beside it."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from orchestrator_domain import errors
from orchestrator_domain.pools import Holder, PoolUsage

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
HOLDER = Holder(campaign_id="h", campaign_type="voice", run_number=1, since=NOON, execution_reference=None)
FULL = PoolUsage(
    name="voice", active=5, limit=5, limit_is_stored=True, halted_reason=None, holders=(HOLDER,), observed_at=NOON
)

SAYINGS: list[tuple[Callable[[], errors.OrchestratorError], str, dict[str, Any]]] = [
    (
        lambda: errors.InvalidRequest(field="limit", value=0, allowed="a whole number from 1 to 10"),
        "limit must be a whole number from 1 to 10, not 0",
        {"field": "limit", "value": "0", "allowed": "a whole number from 1 to 10"},
    ),
    (
        lambda: errors.InvalidAction(value="begin\n", allowed=["start", "stop"]),
        r"action must be one of start, stop, not 'begin\n'",
        {"field": "action", "value": r"'begin\n'", "allowed": ("start", "stop")},
    ),
    (
        lambda: errors.IdempotencyKeyReused(),
        "the idempotency key was used before, for another action on this campaign",
        {},
    ),
    (
        lambda: errors.IdempotencyKeyReused(subject="pool"),
        "the idempotency key was used before, for another action on this pool",
        {},
    ),
    (
        lambda: errors.RequestExpired(expires_at=NOON),
        "the request expired at 2026-11-24T12:00:00+00:00",
        {"field": "expiresAt"},
    ),
    (lambda: errors.CampaignNotFound(campaign_id="c-1"), "Campaign c-1 not found", {"campaign_id": "c-1"}),
    (
        lambda: errors.InvalidCampaign(field="timezone", value="Moon", allowed="a time zone", campaign_type="sms"),
        "the campaign's timezone must be a time zone, not 'Moon'",
        {"field": "timezone", "value": "'Moon'", "allowed": "a time zone", "campaign_type": "sms"},
    ),
    (
        lambda: errors.PayloadTooLarge(field="config", size_bytes=11, limit_bytes=10, campaign_type="hybrid"),
        "the campaign's config makes a dispatch input of 11 bytes; the limit is 10",
        {"field": "config", "size_bytes": 11, "limit_bytes": 10, "campaign_type": "hybrid"},
    ),
    (
        lambda: errors.InvalidState(
            "it is paused", status="paused", allowed_actions=["resume"], campaign_type="voice"
        ),
        "it is paused",
        {"status": "paused", "allowed_actions": ("resume",), "campaign_type": "voice"},
    ),
    (
        lambda: errors.ResourceLimitReached(usage=FULL, retry_after_seconds=40, campaign_type="voice"),
        "Resource limit reached: 5 of 5 voice campaigns are active; try again in 40 s",
        {
            "pool": "voice",
            "active": 5,
            "limit": 5,
            "holders": (HOLDER,),
            "campaign_type": "voice",
            "retry_after_seconds": 40,
        },
    ),
    (
        lambda: errors.PoolHalted(pool="sms", reason="complaints", retry_after_seconds=60, campaign_type="sms"),
        "the sms pool is halted: complaints",
        {"pool": "sms", "reason": "complaints", "campaign_type": "sms", "retry_after_seconds": 60},
    ),
    (
        lambda: errors.StillStopping(run_number=3, in_flight=7, retry_after_seconds=5, campaign_type="sms"),
        "run 3 of the campaign is still stopping, 7 contacts in flight",
        {"run_number": 3, "in_flight": 7, "campaign_type": "sms", "retry_after_seconds": 5},
    ),
    (
        lambda: errors.StillStopping(run_number=3, in_flight=None, retry_after_seconds=5, campaign_type="sms"),
        "run 3 of the campaign is still stopping, an unknown number of contacts in flight",
        {"run_number": 3, "in_flight": None},
    ),
    (
        lambda: errors.InProgress(retry_after_seconds=2, campaign_type="voice"),
        "the same request is being worked on; repeat it with the same idempotency key for its answer",
        {"campaign_type": "voice", "retry_after_seconds": 2},
    ),
    (
        lambda: errors.DispatchFailed("refused", cause="no_function", campaign_type="sms", retry_after_seconds=9),
        "refused",
        {"cause": "no_function", "campaign_type": "sms", "retry_after_seconds": 9},
    ),
    (
        lambda: errors.StoreUnavailable(cause="no_connection"),
        "the campaign store is away (no_connection)",
        {"cause": "no_connection", "campaign_type": None, "retry_after_seconds": 2},
    ),
    (
        lambda: errors.LedgerUnavailable(cause="no_time"),
        "the slot ledger is away (no_time)",
        {"cause": "no_time", "campaign_type": None, "retry_after_seconds": None},
    ),
    (
        lambda: errors.DeadlineTooClose(needed_seconds=2.25, remaining_seconds=0.5),
        "0.5 s are left of the invocation, and 2.2 s are needed",
        {"needed_seconds": 2.25, "remaining_seconds": 0.5, "retry_after_seconds": 1},
    ),
]


@pytest.mark.parametrize(("made", "said", "carried"), SAYINGS)
def test_it_says_what_was_wrong_and_carries_it(
    made: Callable[[], errors.OrchestratorError], said: str, carried: dict[str, Any]
) -> None:
    error = made()
    assert (str(error), error.message) == (said, said)
    assert {name: getattr(error, name) for name in carried} == carried


def test_every_error_is_among_them() -> None:
    shown = {made().code for made, _, _ in SAYINGS}
    same_words_as_given = {"forbidden", "dispatcher_unavailable", "dispatch_unconfirmed"}
    everything = {
        value.code
        for value in vars(errors).values()
        if isinstance(value, type) and issubclass(value, errors.OrchestratorError) and hasattr(value, "code")
    }
    assert shown | same_words_as_given == everything
