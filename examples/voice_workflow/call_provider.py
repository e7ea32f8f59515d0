"""The port to whoever places telephone calls."""

from abc import abstractmethod
from collections.abc import Mapping
from enum import StrEnum
from typing import Any, Protocol, runtime_checkable

from attrs import field, frozen

from campaign_contacts.message_provider import Delivery


class CallPhase(StrEnum):
    """RINGING, ANSWERED and going on, or ENDED."""

    RINGING = "ringing"
    ANSWERED = "answered"
    ENDED = "ended"


@frozen(kw_only=True)
class Call:
    """A call to one contact. ``client_token``: the same for every try, so that all tries are one call."""

    client_token: str
    campaign_id: str
    contact_id: str
    phone: str = field(repr=False)
    variables: Mapping[str, Any] = field(factory=dict, repr=False)


@frozen(kw_only=True)
class CallSeen:
    """A call as the provider shows it. ``answered``: also of one that has ended. ``code``: why it ended."""

    phase: CallPhase
    answered: bool = False
    code: str | None = None


@runtime_checkable
class CallProvider(Protocol):
    """Places calls. It raises nothing, and answers within ten seconds."""

    @abstractmethod
    def place(self, call: Call) -> Delivery:
        """Begin a call, or find the one that was begun by the same client token. SENT: ``reference`` names it."""

    @abstractmethod
    def look(self, reference: str) -> CallSeen | None:
        """How a call stands; None: nobody knows just now."""

    @abstractmethod
    def hang_up(self, reference: str) -> None:
        """Ask that a call be ended. What comes of it is seen by looking."""
