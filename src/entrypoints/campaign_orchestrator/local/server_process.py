"""A server's process that ends when its owner does, however the owner ends."""

import atexit
import contextlib
import ctypes
import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from campaign_orchestrator.local.process_family import descendants_of, end_at_once

LONGEST_LOG_SHOWN = 4_000
PR_SET_PDEATHSIG = 1


class ServerDidNotStart(RuntimeError):
    """A server ended, or did not answer in time; carries the end of its log."""


class ServerProcess:
    """One server's process, in a session of its own, so that Ctrl-C reaches its owner alone.

    On Linux the kernel ends it when the thread that started it dies, also by kill -9, so that no server outlives
    its owner; elsewhere a normal end of the interpreter does.

    Args:
        command: the program and its arguments.
        log: what the server says is appended to this file.
        environment: its environment variables; the owner's when absent.
        user: the number of the user (and group) as whom it runs; the owner when absent.
        folder: its working directory.
        owner_lost: the signal that it gets when its owner has died.
    """

    def __init__(
        self,
        command: Sequence[str | Path],
        *,
        log: Path,
        environment: Mapping[str, str] | None = None,
        user: int | None = None,
        folder: Path,
        owner_lost: signal.Signals = signal.SIGKILL,
    ) -> None:
        self._log = log
        with log.open("ab") as sink:
            self._process: subprocess.Popen[bytes] = subprocess.Popen(
                [str(part) for part in command],
                cwd=folder,
                env=None if environment is None else dict(environment),
                stdin=subprocess.DEVNULL,
                stdout=sink,
                stderr=sink,
                start_new_session=True,
                preexec_fn=_end_with_owner(owner_lost),
                **identity_of(user),
            )
        atexit.register(self.kill)

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def is_running(self) -> bool:
        return self._process.poll() is None

    def wait_until(self, is_ready: Callable[[], bool], *, what: str, seconds: float) -> None:
        """Wait until ``is_ready``; raises ServerDidNotStart with the end of the log."""
        give_up = time.monotonic() + seconds
        while not is_ready():
            if not self.is_running:
                raise ServerDidNotStart(f"{what} ended while it was starting:\n{end_of_log(self._log)}")
            if time.monotonic() > give_up:
                self.kill()
                raise ServerDidNotStart(f"{what} was not ready after {seconds} s:\n{end_of_log(self._log)}")
            time.sleep(0.02)

    def stop(self, *, by: signal.Signals = signal.SIGTERM, seconds: float = 15.0) -> None:
        """Ask the process to end, and end it if it does not. Repeating it does nothing."""
        if self.is_running:
            family = descendants_of(self.pid)
            self._process.send_signal(by)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(seconds)
            end_at_once(family)
        self.kill()

    def kill(self) -> None:
        """End the process, and everything that it has started, at once (SIGKILL). Repeating it does nothing."""
        if self.is_running:
            self._process.send_signal(signal.SIGSTOP)  # it starts nothing new while its family is looked up
            family = descendants_of(self.pid)
            self._process.kill()
            end_at_once(family)
            self._process.wait()
        atexit.unregister(self.kill)


def identity_of(user: int | None) -> dict[str, Any]:
    """The arguments that make ``subprocess`` run a program as ``user``."""
    return {} if user is None else {"user": user, "group": user, "extra_groups": []}


def end_of_log(log: Path) -> str:
    """The last lines of a log, for an error's message."""
    return log.read_text(errors="replace")[-LONGEST_LOG_SHOWN:]


def _end_with_owner(owner_lost: signal.Signals) -> Callable[[], None] | None:
    try:
        prctl = ctypes.CDLL(None).prctl
    except (OSError, AttributeError):
        return None
    owner = os.getpid()

    def ask_the_kernel() -> None:
        prctl(PR_SET_PDEATHSIG, owner_lost)
        if os.getppid() != owner:  # it has died before it could be asked
            os._exit(1)

    return ask_the_kernel
