"""A progress bar for whatever takes longer than two seconds."""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock, Timer
from typing import Final

from attrs import define, field
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

SECONDS_UNSEEN: Final = 2.0


@define
class Waiting:
    """What a person sees while a command is at work."""

    _progress: Progress
    _task: int = field(init=False)
    _lock: Lock = field(factory=Lock, init=False)
    _over: bool = field(default=False, init=False)

    def say(self, words: str) -> None:
        """What is going on."""
        self._progress.update(self._task, description=words)  # type: ignore[arg-type]

    def has_done(self, done: int, total: int | None = None) -> None:
        """How much is done; without a total the bar only shows that something is."""
        self._progress.update(self._task, completed=done, total=total)  # type: ignore[arg-type]

    def _appear(self) -> None:
        with self._lock:
            if not self._over:
                self._progress.start()

    def _end(self) -> None:
        with self._lock:
            self._over = True
            self._progress.stop()


@contextmanager
def waiting(console: Console, what: str, *, seconds_unseen: float = SECONDS_UNSEEN) -> Iterator[Waiting]:
    """Show a progress bar on ``console`` once the work takes longer than ``seconds_unseen``; remove it at the end.

    Nothing is shown where nobody looks: on a console that is no terminal.
    """
    columns = (SpinnerColumn(), TextColumn("{task.description}", markup=False), BarColumn(), MofNCompleteColumn())
    progress = Progress(
        *columns, TimeElapsedColumn(), console=console, transient=True, disable=not console.is_terminal
    )
    shown = Waiting(progress)
    shown._task = progress.add_task(what, total=None)
    timer = Timer(seconds_unseen, shown._appear)
    timer.daemon = True
    timer.start()
    try:
        yield shown
    finally:
        timer.cancel()
        shown._end()
