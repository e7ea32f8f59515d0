"""The port to whoever sends text messages."""

from abc import abstractmethod
from enum import StrEnum
from typing import Protocol, runtime_checkable

from attrs import field, frozen


class Verdict(StrEnum):
    """What became of one message, or of one call that was to begin.

    SENT: the provider has taken it. CONTACT_REFUSED: it sends nothing to this contact. PROVIDER_REFUSES: it sends
    nothing for us at all (rights, account). NOT_NOW: nothing was sent, later it may be. UNKNOWN: it may be sent.
    """

    SENT = "sent"
    CONTACT_REFUSED = "contact_refused"
    PROVIDER_REFUSES = "provider_refuses"
    NOT_NOW = "not_now"
    UNKNOWN = "unknown"


@frozen(kw_only=True)
class Message:
    """A text for one contact; neither number nor text is shown when it is printed."""

    campaign_id: str
    contact_id: str
    phone: str = field(repr=False)
    text: str = field(repr=False)


@frozen(kw_only=True)
class Delivery:
    """The provider's answer. ``reference``: its name for it. ``code``: a stable word for what was wrong."""

    verdict: Verdict
    reference: str | None = None
    code: str | None = None


@runtime_checkable
class MessageProvider(Protocol):
    """Sends text messages. It sends each at most once, raises nothing, and answers within ten seconds."""

    @abstractmethod
    def send(self, message: Message) -> Delivery:
        """Send one message."""
