"""How fast messages go out."""

import time
from collections.abc import Callable

from attrs import define, field


@define
class Pace:
    """At most ``per_second`` messages a second, evenly. ``seconds`` and ``sleep``: a monotonic clock."""

    per_second: float
    seconds: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep
    _next_at: float = field(default=float("-inf"), init=False)

    def wait(self) -> None:
        """Wait until the next message may go."""
        now = self.seconds()
        if self._next_at > now:
            self.sleep(self._next_at - now)
            now = self.seconds()
        self._next_at = max(self._next_at, now - 1 / self.per_second) + 1 / self.per_second
