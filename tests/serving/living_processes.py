"""Which processes are alive, and programs that own servers."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

SECONDS_TO_WAIT = 20.0


def is_alive(pid: int) -> bool:
    """Whether a process runs; one that has ended and waits for its parent to notice does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


def comes_true(holds: Callable[[], bool]) -> bool:
    """Whether ``holds`` does, within a bound."""
    give_up = time.monotonic() + SECONDS_TO_WAIT
    while not holds():
        if time.monotonic() > give_up:
            return False
        time.sleep(0.02)
    return True


def gone(pid: int) -> bool:
    """Whether the process ends, within a bound."""
    return comes_true(lambda: not is_alive(pid))


@contextmanager
def running_program(program: str, temporary: Path) -> Iterator[subprocess.Popen[str]]:
    """A Python program that has its temporary files in ``temporary``; its output is to be read."""
    environment = {**os.environ, "TMPDIR": str(temporary)}
    command = [sys.executable, "-c", program]
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as started:
        try:
            yield started
        finally:
            started.kill()
