"""While a function is loaded, and prepares its first answer, nobody looks for garbage.

All that is loaded until then stays. The collector would walk through it again and again and find nothing, for a
sixth of a cold start's time. After the first answer it is set aside, so that no later collection walks through it
either (https://docs.python.org/3/library/gc.html#gc.freeze).
"""

import gc
from types import TracebackType


class WithoutCollector:
    """Holds the collector back while it is entered; a collector that somebody has switched off stays off."""

    _was_at_work = False

    def __enter__(self) -> None:
        self._was_at_work = gc.isenabled()
        gc.disable()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._was_at_work:
            gc.enable()


class FirstInvocation(WithoutCollector):
    """The same for the first time that it is entered, and nothing later; what is there by then is set aside."""

    _is_over = False

    def __enter__(self) -> None:
        if not self._is_over:
            super().__enter__()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._is_over:
            return
        self._is_over = True
        if self._was_at_work:
            gc.freeze()
        super().__exit__(kind, error, trace)
