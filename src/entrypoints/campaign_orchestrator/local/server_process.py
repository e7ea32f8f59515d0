"""A server's process that ends when its owner does, however the owner ends."""

import atexit
import contextlib
import ctypes
import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

LONGEST_LOG_SHOWN = 4_000
PR_SET_PDEATHSIG = 1


class ServerDidNotStart(RuntimeError):
    """A server ended, or did not answer in time; carries the end of its log."""


def free_port() -> int:
    """A port of the loopback interface that nobody listens on at the moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class ServerProcess:
    """One server's process, in a session of its own.

    On Linux the kernel ends it when the thread that started it dies, also by kill -9, so that no server outlives
    its owner; elsewhere a normal end of the interpreter does.
    """

    def __init__(
        self,
        command: Sequence[str | Path],
        *,
        log: Path,
        environment: Mapping[str, str] | None = None,
        user: int | None = None,
        folder: Path,
    ) -> None:
        self._log = log
        identity = {} if user is None else {"user": user, "group": user, "extra_groups": []}
        with log.open("ab") as sink:
            self._process: subprocess.Popen[bytes] = subprocess.Popen(
                [str(part) for part in command],
                cwd=folder,
                env=None if environment is None else dict(environment),
                stdin=subprocess.DEVNULL,
                stdout=sink,
                stderr=sink,
                start_new_session=True,
                preexec_fn=_die_with_owner(),
                **identity,  # type: ignore[call-overload]
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
                raise ServerDidNotStart(f"{what} ended while it was starting:\n{self._tail()}")
            if time.monotonic() > give_up:
                self.kill()
                raise ServerDidNotStart(f"{what} was not ready after {seconds} s:\n{self._tail()}")
            time.sleep(0.02)

    def stop(self, *, by: signal.Signals = signal.SIGTERM, seconds: float = 15.0) -> None:
        """Ask the process to end, and end it if it does not. Repeating it does nothing."""
        if self.is_running:
            self._process.send_signal(by)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(seconds)
        self.kill()

    def kill(self) -> None:
        """End the process, and what it has started, at once (SIGKILL)."""
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        atexit.unregister(self.kill)

    def _tail(self) -> str:
        return self._log.read_text(errors="replace")[-LONGEST_LOG_SHOWN:]


def _die_with_owner() -> Callable[[], None] | None:
    try:
        prctl = ctypes.CDLL(None).prctl
    except (OSError, AttributeError):
        return None

    def ask_the_kernel() -> None:
        prctl(PR_SET_PDEATHSIG, signal.SIGKILL)

    return ask_the_kernel
