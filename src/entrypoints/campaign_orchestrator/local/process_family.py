"""A process with everything that it has started, also what has left its process group."""

import contextlib
import os
import signal
import time
from pathlib import Path

from attrs import frozen

SECONDS_TO_VANISH = 10.0
STATE, PARENT, STARTED = 0, 1, 19  # columns of /proc/PID/stat after the program's name, see proc(5)
ZOMBIE = "Z"


@frozen
class RunningProcess:
    """A process, and when it began: a number alone may be given to another process later."""

    pid: int
    started: str

    @property
    def is_alive(self) -> bool:
        columns = _columns(self.pid)
        return columns is not None and columns[STARTED] == self.started and columns[STATE] != ZOMBIE

    def send(self, number: signal.Signals) -> None:
        if self.is_alive:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(self.pid, number)


def descendants_of(pid: int) -> list[RunningProcess]:
    """Its children, their children, and so on. Empty where there is no /proc, as on macOS."""
    processes: dict[int, RunningProcess] = {}
    children: dict[int, list[int]] = {}
    for entry in Path("/proc").glob("[0-9]*"):
        columns = _columns(int(entry.name))
        if columns is not None:
            processes[int(entry.name)] = RunningProcess(int(entry.name), columns[STARTED])
            children.setdefault(int(columns[PARENT]), []).append(int(entry.name))
    found: list[int] = []
    to_visit = [pid]
    while to_visit:
        born = children.get(to_visit.pop(), [])
        found += born
        to_visit += born
    return [processes[number] for number in found]


def end_at_once(processes: list[RunningProcess]) -> None:
    """Kill them, and wait until the last is gone, so that what they held is free again."""
    for process in processes:
        process.send(signal.SIGKILL)
    give_up = time.monotonic() + SECONDS_TO_VANISH
    while any(process.is_alive for process in processes) and time.monotonic() < give_up:
        time.sleep(0.01)


def _columns(pid: int) -> list[str] | None:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    except (OSError, IndexError):
        return None
