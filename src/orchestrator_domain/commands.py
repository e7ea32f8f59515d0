"""What is asked of the orchestrator."""

import hashlib
import re
from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Final

from attrs import frozen

from orchestrator_domain.campaign import Action
from orchestrator_domain.errors import InvalidRequest, RequestExpired
from orchestrator_domain.invocation import InvocationRecord
from orchestrator_domain.value import Value

CAMPAIGN_ID_PATTERN: Final = re.compile(r"[A-Za-z0-9_-]{1,64}", re.ASCII)
IDEMPOTENCY_KEY_PATTERN: Final = re.compile(r"[\x21-\x7e]{1,255}", re.ASCII)
EXECUTIONS_PAGE_PATTERN: Final = re.compile(r"[\x21-\x7e]{1,4096}", re.ASCII)
MOST_CAMPAIGNS_PER_STATUS: Final = 25
MOST_RUNS_PER_RECONCILE: Final = 1_000


@frozen(kw_only=True, eq=False, repr=False)
class Origin(Value):
    """Who asked, for the audit trail.

    Attributes:
        actor: the person or service, as authenticated by the way in; None when that is unknown.
        source: the way in: "direct", "eventbridge", "destination", "reconcile", ...
        request_id: the id of the invocation.
        reason: the caller's words, or None.
    """

    source: str
    actor: str | None = None
    request_id: str | None = None
    reason: str | None = None


@frozen(kw_only=True, eq=False, repr=False)
class ActionCommand(Value):
    """Start, pause, resume, stop or retry one campaign.

    Attributes:
        idempotency_key: any number of deliveries with the same key are one request; unique per campaign.
        expires_at: after this instant it is refused, unless it stops the campaign; None: it never expires.
    """

    campaign_id: str
    action: Action
    idempotency_key: str
    origin: Origin
    expires_at: datetime | None = None

    def __attrs_post_init__(self) -> None:
        require_campaign_id(self.campaign_id, field="campaignId")
        require_offset(self.expires_at)
        require_idempotency_key(self.idempotency_key)

    def require_unexpired(self, now: datetime) -> None:
        """Raise RequestExpired when the command comes too late. A stop never does: not to stop is never safer."""
        if self.action is not Action.STOP:
            require_unexpired(self.expires_at, now)

    @property
    def content_hash(self) -> str:
        """Tells a repeated request from another one under the same key; 64 hexadecimal digits."""
        return hashlib.sha256(f"{self.campaign_id}\n{self.action.value}".encode()).hexdigest()


@frozen(kw_only=True, eq=False, repr=False)
class StatusQuery(Value):
    """Ask for the pools (no id), or for up to 25 campaigns."""

    campaign_ids: tuple[str, ...] = ()

    def __attrs_post_init__(self) -> None:
        if len(self.campaign_ids) > MOST_CAMPAIGNS_PER_STATUS:
            raise InvalidRequest(
                field="campaignIds",
                value=f"{len(self.campaign_ids)} ids",
                allowed=f"at most {MOST_CAMPAIGNS_PER_STATUS} ids",
            )


@frozen(kw_only=True, eq=False, repr=False)
class HistoryQuery(Value):
    """Ask for a campaign's audit trail."""

    campaign_id: str

    def __attrs_post_init__(self) -> None:
        require_campaign_id(self.campaign_id, field="campaignId")


@frozen(kw_only=True, eq=False, repr=False)
class ReconcileCommand(Value):
    """Finish every half-done step.

    Attributes:
        limit: how many runs of each pool are looked at, at most, and how many open executions of each dispatcher.
        cursor: where an earlier call has ended, by place; None: everything, from the start. A place is the name
            of a pool, for its live runs (behind that campaign), or "pool/dispatcher", for the executions that the
            dispatcher shows as open (from that page on).
        dry_run: only tell what would be looked into.
        scheduled: go on while time lasts, from where the last scheduled pass has ended.
    """

    origin: Origin
    limit: int = 100
    cursor: Mapping[str, str | None] | None = None
    dry_run: bool = False
    scheduled: bool = False

    def __attrs_post_init__(self) -> None:
        if not 1 <= self.limit <= MOST_RUNS_PER_RECONCILE:
            allowed = f"a whole number from 1 to {MOST_RUNS_PER_RECONCILE}"
            raise InvalidRequest(field="limit", value=self.limit, allowed=allowed)
        for place, behind in (self.cursor or {}).items():
            if behind is None:
                continue
            if "/" not in place:
                require_campaign_id(behind, field="cursor")
            elif not EXECUTIONS_PAGE_PATTERN.fullmatch(behind):
                raise InvalidRequest(field="cursor", value=behind, allowed="the cursor of an earlier answer")

    def begins_at(self, place: str) -> bool:
        """Whether the call is to look at what is behind ``place``."""
        return self.cursor is None or place in self.cursor

    def behind(self, place: str) -> str | None:
        """Where it goes on there; None: from the start."""
        return (self.cursor or {}).get(place)

    def wants(self, pool: str) -> bool:
        """Whether the call is to look at anything of ``pool``."""
        return self.cursor is None or any(place.split("/")[0] == pool for place in self.cursor)


@frozen(kw_only=True, eq=False, repr=False)
class OutcomeHint(Value):
    """A late signal: something may have happened to a run. It names the run and proves nothing.

    Attributes:
        execution_name: the name of the execution, when the signal carries it.
        campaign_id, run_number: the run, when the signal carries them instead.
        said: what the signal said, for the audit trail.
        invocation: what it says of an invocation's end. It proves that end only for the run whose reference was
            made of the same invocation's request id.
    """

    origin: Origin
    said: str
    execution_name: str | None = None
    campaign_id: str | None = None
    run_number: int | None = None
    invocation: InvocationRecord | None = None


def require_campaign_id(campaign_id: str, *, field: str) -> None:
    """Raise InvalidRequest unless ``campaign_id`` is 1 to 64 characters of ``[A-Za-z0-9_-]``."""
    if not CAMPAIGN_ID_PATTERN.fullmatch(campaign_id):
        raise InvalidRequest(field=field, value=campaign_id, allowed="1 to 64 characters of A-Z, a-z, 0-9, _ and -")


def require_idempotency_key(key: str) -> None:
    """Raise InvalidRequest unless ``key`` is 1 to 255 visible ASCII characters."""
    if not IDEMPOTENCY_KEY_PATTERN.fullmatch(key):
        allowed = "1 to 255 visible ASCII characters without spaces"
        raise InvalidRequest(field="idempotencyKey", value=key, allowed=allowed)


def require_offset(expires_at: datetime | None) -> None:
    """Raise InvalidRequest when ``expires_at`` could be several instants."""
    if expires_at is not None and expires_at.tzinfo is None:
        allowed = "an instant with its offset from UTC"
        raise InvalidRequest(field="expiresAt", value=expires_at.isoformat(), allowed=allowed)


def require_unexpired(expires_at: datetime | None, now: datetime) -> None:
    """Raise RequestExpired when ``expires_at`` has passed."""
    if expires_at is not None and now > expires_at:
        raise RequestExpired(expires_at=expires_at)


def require_known_places(cursor: Mapping[str, str | None] | None, known: Collection[str]) -> None:
    """Raise InvalidRequest when ``cursor`` names a place that is none of ``known``: nothing would be looked at."""
    for place in cursor or ():
        if place not in known:
            raise InvalidRequest(field="cursor", value=place, allowed=f"of {', '.join(known)} only")
