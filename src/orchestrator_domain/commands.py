"""What is asked of the orchestrator."""

import hashlib
import re
from datetime import datetime
from typing import Final

from attrs import frozen

from orchestrator_domain.campaign import Action
from orchestrator_domain.errors import InvalidRequest, RequestExpired
from orchestrator_domain.value import Value

CAMPAIGN_ID_PATTERN: Final = re.compile(r"[A-Za-z0-9_-]{1,64}", re.ASCII)
DIGITS_OF_A_UUID: Final = 32
IDEMPOTENCY_KEY_PATTERN: Final = re.compile(r"[\x21-\x7e]{1,255}", re.ASCII)


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
        """Tells a repeated request from another one under the same key, however a UUID is spelled; 64 hexadecimal
        digits."""
        content = f"{_in_one_spelling(self.campaign_id)}\n{self.action.value}"
        return hashlib.sha256(content.encode()).hexdigest()


def _in_one_spelling(campaign_id: str) -> str:
    """A UUID as PostgreSQL spells it, and any other id as it is: so the hashes that are stored stay true. Where ids
    are texts, two of them may come to one spelling; their keys are their own all the same."""
    digits = campaign_id.replace("-", "").lower()
    if len(digits) != DIGITS_OF_A_UUID or digits.strip("0123456789abcdef"):
        return campaign_id
    return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))


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
