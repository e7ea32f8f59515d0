"""While the first answer is prepared nobody looks for garbage.

All that is loaded until then stays. The collector would walk through it again and again and find nothing, for a
sixth of a cold start's time. Afterwards it is set aside, so that no later collection walks through it either
(https://docs.python.org/3/library/gc.html#gc.freeze).
"""

import gc


class ColdStart:
    """Begins when it is made, and ends once."""

    def __init__(self) -> None:
        self._holds_back_the_collector = gc.isenabled()
        gc.disable()

    def end(self) -> None:
        """Set aside what has been loaded, and let the collector work. A second end does nothing."""
        if self._holds_back_the_collector:
            self._holds_back_the_collector = False
            gc.freeze()
            gc.enable()


COLD_START = ColdStart()
"""Of the process; from the import of this module to the end of its first invocation."""
