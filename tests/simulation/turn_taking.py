"""Processes that take turns: only one goes on at a time, and a scheduler says which."""

import threading
from collections.abc import Callable
from typing import Any

from crashing_ports import Crash


class Abandoned(BaseException):
    """The history is over; a process that still waits for its turn ends."""


class TurnTakingProcess:
    """A thread that goes on only when it is given its turn, and gives it back at each call of a port."""

    def __init__(self, name: str, work: Callable[[], Any]) -> None:
        self.name = name
        self.result: Any = None
        self.failure: BaseException | None = None
        self.is_done = False
        self._abandoned = False
        self._mine, self._theirs = threading.Semaphore(0), threading.Semaphore(0)
        self._thread = threading.Thread(target=self._run, args=(work,), daemon=True)
        self._thread.start()

    def take_turn(self) -> None:
        """Called by the scheduler: go on until the next call of a port, or to the end."""
        self._mine.release()
        self._theirs.acquire()
        if self.failure is not None and not isinstance(self.failure, Crash):
            raise self.failure

    def wait_for_turn(self) -> None:
        """Called by the process itself, at a call of a port."""
        self._theirs.release()
        self._mine.acquire()
        if self._abandoned:
            raise Abandoned

    def abandon(self) -> None:
        """End a process that will get no further turn."""
        self._abandoned = True
        self._mine.release()
        self._thread.join(10)

    def _run(self, work: Callable[[], Any]) -> None:
        self._mine.acquire()
        if self._abandoned:
            return
        try:
            self.result = work()
        except Abandoned:
            return
        except BaseException as failure:
            self.failure = failure
        self.is_done = True
        self._theirs.release()
