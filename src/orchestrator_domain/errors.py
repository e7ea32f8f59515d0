"""Everything that can be refused or go wrong, as the caller is told it.

OrchestratorError
├── RequestError                 the request itself is wrong; repeating it cannot help
│   ├── InvalidRequest           invalid_request
│   ├── InvalidAction            invalid_action
│   ├── Forbidden                forbidden
│   ├── IdempotencyKeyReused     idempotency_key_reused
│   └── RequestExpired           request_expired
├── CampaignError                the campaign does not allow it
│   ├── CampaignNotFound         campaign_not_found
│   ├── InvalidCampaign          invalid_campaign
│   ├── PayloadTooLarge          payload_too_large
│   └── InvalidState             invalid_state
├── CapacityError                not now; a later repeat can succeed
│   ├── ResourceLimitReached     resource_limit_reached
│   ├── PoolHalted               pool_halted
│   ├── StillStopping            still_stopping
│   └── InProgress               in_progress
├── DispatchError                the dispatcher did not take the run, or may have
│   ├── DispatchFailed           dispatch_failed
│   ├── DispatcherUnavailable    dispatcher_unavailable
│   └── DispatchUnconfirmed      dispatch_unconfirmed
└── AvailabilityError            a part of the orchestrator is away
    ├── StoreUnavailable         store_unavailable
    ├── LedgerUnavailable        ledger_unavailable
    └── DeadlineTooClose         deadline_too_close
"""

from collections.abc import Sequence
from datetime import datetime
from typing import ClassVar

from orchestrator_domain.pools import Holder, PoolUsage
from orchestrator_domain.shown_values import shown


class OrchestratorError(Exception):
    """The root. Each class has a stable ``code``.

    Attributes:
        retryable: whether the same request, repeated later with the same idempotency key, can succeed.
        retry_after_seconds: when to repeat it, where that is known.
        campaign_type: the campaign's type, where it was read before the refusal.
    """

    code: ClassVar[str]
    retryable: ClassVar[bool] = False

    def __init__(
        self, message: str, *, campaign_type: str | None = None, retry_after_seconds: int | None = None
    ) -> None:
        super().__init__(message)
        self.message = message
        self.campaign_type = campaign_type
        self.retry_after_seconds = retry_after_seconds


class RequestError(OrchestratorError):
    """The request itself is wrong."""


class InvalidRequest(RequestError):
    """A field is missing, has a wrong type or a wrong value. The value is shown escaped and cut."""

    code = "invalid_request"

    def __init__(self, *, field: str, value: object, allowed: str) -> None:
        self.field, self.value, self.allowed = field, shown(value), allowed
        super().__init__(f"{field} must be {allowed}, not {self.value}")


class InvalidAction(RequestError):
    """The action is unknown."""

    code = "invalid_action"

    def __init__(self, *, value: object, allowed: Sequence[str]) -> None:
        self.field, self.value, self.allowed = "action", shown(value), tuple(allowed)
        super().__init__(f"action must be one of {', '.join(self.allowed)}, not {self.value}")


class Forbidden(RequestError):
    """The caller may not do this; nothing was done. Only HTTP requests are asked."""

    code = "forbidden"


class IdempotencyKeyReused(RequestError):
    """The idempotency key belongs to another request on the same campaign or pool; nothing was done."""

    code = "idempotency_key_reused"

    def __init__(self, *, subject: str = "campaign") -> None:
        super().__init__(f"the idempotency key was used before, for another action on this {subject}")


class RequestExpired(RequestError):
    """The request arrived after the time until which it was meant; nothing was done."""

    code = "request_expired"

    def __init__(self, *, expires_at: datetime) -> None:
        self.field = "expiresAt"
        super().__init__(f"the request expired at {expires_at.isoformat()}")


class CampaignError(OrchestratorError):
    """The campaign does not allow what was asked."""


class CampaignNotFound(CampaignError):
    """No campaign has this id."""

    code = "campaign_not_found"

    def __init__(self, *, campaign_id: str) -> None:
        self.campaign_id = campaign_id
        super().__init__(f"Campaign {campaign_id} not found")


class InvalidCampaign(CampaignError):
    """The stored campaign cannot be run: unknown type, config not an object, unknown time zone."""

    code = "invalid_campaign"

    def __init__(self, *, field: str, value: object, allowed: str, campaign_type: str | None) -> None:
        self.field, self.value, self.allowed = field, shown(value), allowed
        super().__init__(f"the campaign's {field} must be {allowed}, not {self.value}", campaign_type=campaign_type)


class PayloadTooLarge(CampaignError):
    """The dispatcher's service would not take an input of this size; the campaign's config is too large."""

    code = "payload_too_large"

    def __init__(self, *, field: str, size_bytes: int, limit_bytes: int, campaign_type: str | None) -> None:
        self.field, self.size_bytes, self.limit_bytes = field, size_bytes, limit_bytes
        super().__init__(
            f"the campaign's {field} makes a dispatch input of {size_bytes} bytes; the limit is {limit_bytes}",
            campaign_type=campaign_type,
        )


class InvalidState(CampaignError):
    """The status table does not allow the action in the campaign's status."""

    code = "invalid_state"

    def __init__(
        self, message: str, *, status: str, allowed_actions: Sequence[str], campaign_type: str | None = None
    ) -> None:
        self.status, self.allowed_actions = status, tuple(allowed_actions)
        super().__init__(message, campaign_type=campaign_type)


class CapacityError(OrchestratorError):
    """Not now; nothing was done, and a later repeat can succeed."""

    retryable = True


class ResourceLimitReached(CapacityError):
    """The pool is full. Carries the limit, the holders and since when they hold."""

    code = "resource_limit_reached"

    def __init__(self, *, usage: PoolUsage, retry_after_seconds: int, campaign_type: str | None) -> None:
        self.pool, self.active, self.limit = usage.name, usage.active, usage.limit
        self.holders: tuple[Holder, ...] = tuple(usage.holders)
        super().__init__(
            f"Resource limit reached: {usage.active} of {usage.limit} {usage.name} campaigns are active; "
            f"try again in {retry_after_seconds} s",
            campaign_type=campaign_type,
            retry_after_seconds=retry_after_seconds,
        )


class PoolHalted(CapacityError):
    """Somebody has halted the pool; it admits nobody until it is unhalted."""

    code = "pool_halted"

    def __init__(self, *, pool: str, reason: str, retry_after_seconds: int, campaign_type: str | None) -> None:
        self.pool, self.reason = pool, reason
        message = f"the {pool} pool is halted: {reason}"
        super().__init__(message, campaign_type=campaign_type, retry_after_seconds=retry_after_seconds)


class StillStopping(CapacityError):
    """The campaign's earlier run has not come to rest."""

    code = "still_stopping"

    def __init__(
        self, *, run_number: int, in_flight: int | None, retry_after_seconds: int, campaign_type: str | None
    ) -> None:
        self.run_number, self.in_flight = run_number, in_flight
        count = "an unknown number of" if in_flight is None else in_flight
        message = f"run {run_number} of the campaign is still stopping, {count} contacts in flight"
        super().__init__(message, campaign_type=campaign_type, retry_after_seconds=retry_after_seconds)


class InProgress(CapacityError):
    """Another delivery of the same request is being worked on."""

    code = "in_progress"

    def __init__(self, *, retry_after_seconds: int, campaign_type: str | None) -> None:
        message = "the same request is being worked on; repeat it with the same idempotency key for its answer"
        super().__init__(message, campaign_type=campaign_type, retry_after_seconds=retry_after_seconds)


class DispatchError(OrchestratorError):
    """The dispatcher did not take the run, or may have."""

    def __init__(
        self, message: str, *, cause: str, campaign_type: str | None, retry_after_seconds: int | None = None
    ) -> None:
        self.cause = cause
        super().__init__(message, campaign_type=campaign_type, retry_after_seconds=retry_after_seconds)


class DispatchFailed(DispatchError):
    """The dispatcher refused for good: the campaign is failed, its slot free; retry it after the repair."""

    code = "dispatch_failed"


class DispatcherUnavailable(DispatchError):
    """The dispatcher refused for now: the campaign has its earlier status back, its slot is free."""

    code = "dispatcher_unavailable"
    retryable = True


class DispatchUnconfirmed(DispatchError):
    """The dispatch may or may not have happened; the same request, repeated, settles it."""

    code = "dispatch_unconfirmed"
    retryable = True


class AvailabilityError(OrchestratorError):
    """A part of the orchestrator itself is away or out of time."""

    retryable = True


class StoreUnavailable(AvailabilityError):
    """PostgreSQL did not answer in time. ``cause`` is a stable word, never the driver's text."""

    code = "store_unavailable"

    def __init__(self, *, cause: str, retry_after_seconds: int = 2) -> None:
        self.cause = cause
        super().__init__(f"the campaign store is away ({cause})", retry_after_seconds=retry_after_seconds)


class LedgerUnavailable(AvailabilityError):
    """The slot ledger did not answer in time. No action fails by it; status labels its figures."""

    code = "ledger_unavailable"

    def __init__(self, *, cause: str) -> None:
        self.cause = cause
        super().__init__(f"the slot ledger is away ({cause})")


class DeadlineTooClose(AvailabilityError):
    """The invocation's time cannot cover the next step; nothing was dispatched."""

    code = "deadline_too_close"

    def __init__(self, *, needed_seconds: float, remaining_seconds: float) -> None:
        self.needed_seconds, self.remaining_seconds = needed_seconds, remaining_seconds
        message = f"{remaining_seconds:.1f} s are left of the invocation, and {needed_seconds:.1f} s are needed"
        super().__init__(message, retry_after_seconds=1)
