"""The time that the calls of one dispatch, or of one stop, share."""

from time import monotonic
from typing import Any, Final

from attrs import define, field

from orchestrator_adapters.aws.clients import LazyClient
from orchestrator_adapters.aws.never_sent import NoTimeLeft
from orchestrator_domain import budgets

SHORTEST_SECONDS: Final = 1.0
"""With less a call is not made. A request that was sent and has no answer is unknown, one that was not sent is
known to have had no effect."""


@define(eq=False, repr=False)
class SharedTime:
    """Gives the client to one call after the other, each with what those before it have left.

    The time begins with the first, which has all of it, and is that of budgets.DISPATCH_SECONDS.
    """

    client: LazyClient
    _answer_by: float | None = field(default=None, init=False)

    def get(self) -> Any:
        """The client, for one call.

        Raises:
            ClientNotMade: it could not be made.
            NoTimeLeft: the calls before have taken too long.
        """
        now = monotonic()
        if self._answer_by is None:
            self._answer_by = now + budgets.DISPATCH_SECONDS
            return self.client.get()
        left = self._answer_by - now
        if left < SHORTEST_SECONDS:
            raise NoTimeLeft
        return self.client.within(left)
