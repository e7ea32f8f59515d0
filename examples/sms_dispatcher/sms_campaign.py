"""What the config of an SMS campaign says to its dispatcher."""

from collections.abc import Mapping
from typing import Any, Final

from attrs import frozen

MESSAGES_PER_SECOND: Final = 20.0
"""SNS's own limit in most regions before a raise (https://docs.aws.amazon.com/general/latest/gr/sns.html)."""
FASTEST: Final = 10_000.0
LARGEST_BATCH: Final = 10_000


class InvalidCampaign(ValueError):
    """The config cannot be worked with; names the field and what is allowed, and quotes no text."""


@frozen(kw_only=True)
class SmsCampaign:
    """``text``: with ``$name`` for the contact's variables. ``messages_per_second``: of this campaign."""

    text: str
    messages_per_second: float
    batch_size: int


def sms_campaign(order: Mapping[str, Any]) -> SmsCampaign:
    """Read a dispatch input.

    Raises:
        InvalidCampaign: config.message is no text, or config.messagesPerSecond no rate.
    """
    config = order["config"]
    text, rate = config.get("message"), config.get("messagesPerSecond", MESSAGES_PER_SECOND)
    if not isinstance(text, str) or not text.strip():
        raise InvalidCampaign("config.message must be a text")
    if isinstance(rate, bool) or not isinstance(rate, int | float) or not 0 < rate <= FASTEST:
        raise InvalidCampaign(f"config.messagesPerSecond must be a number above 0, at most {FASTEST:.0f}")
    size = max(1, min(int(order["batchSize"]), LARGEST_BATCH))
    return SmsCampaign(text=text, messages_per_second=float(rate), batch_size=size)
