"""One contact of a campaign."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from attrs import field, frozen


class ContactState(StrEnum):
    """PENDING until a batch takes it up. SENDING and CALLING: a batch is at it. The others are final, but that an
    UNKNOWN one may still become known."""

    PENDING = "pending"
    SENDING = "sending"
    CALLING = "calling"
    SENT = "sent"
    SKIPPED = "skipped"
    FAILED = "failed"
    UNKNOWN = "unknown"


@frozen(kw_only=True)
class Contact:
    """Whom to reach. The telephone number and the variables are not shown when it is printed."""

    campaign_id: str
    contact_id: str
    phone: str = field(repr=False)
    variables: Mapping[str, Any] = field(factory=dict, repr=False)
    reference: str | None = None
