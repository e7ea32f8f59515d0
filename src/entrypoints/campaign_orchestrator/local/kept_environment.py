"""A local environment that stays up while nobody waits for it."""

import fcntl
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from attrs import frozen

from campaign_orchestrator.local.environment_keeper import LOCK, PROGRESS, VARIABLES
from campaign_orchestrator.local.server_process import ServerDidNotStart, end_of_log

SECONDS_TO_START: Final = 600.0
"""The first start installs LocalStack."""
SECONDS_TO_END: Final = 60.0
PAUSE_SECONDS: Final = 0.05
PRIVATE: Final = 0o700


def folder_of_the_user() -> Path:
    """``ORCHESTRATOR_DEV_HOME``, or a folder of the user's state."""
    chosen = os.environ.get("ORCHESTRATOR_DEV_HOME")
    if chosen:
        return Path(chosen)
    state = Path(os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state")
    return state / "campaign-orchestrator"


@frozen
class KeptEnvironment:
    """At most one for each folder."""

    folder: Path

    @property
    def keeper(self) -> int | None:
        """The number of the process that keeps it; None when it is not up. A lock tells: numbers are used again."""
        try:
            with (self.folder / LOCK).open("r+") as lock:
                try:
                    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except BlockingIOError:
                    text = lock.read().strip()
                    return int(text) if text.isdigit() else None
        except FileNotFoundError:
            return None
        return None

    def variables(self) -> Mapping[str, str] | None:
        """The environment variables with which an orchestrator uses it; None when it is not up."""
        if self.keeper is None:
            return None
        try:
            read: dict[str, str] = json.loads((self.folder / VARIABLES).read_text())
        except FileNotFoundError:
            return None
        return read

    def up(self, say: Callable[[str], None]) -> Mapping[str, str]:
        """Start it, unless it is up. ``say`` is told what is going on.

        Raises:
            ServerDidNotStart: with the end of the log.
        """
        known = self.variables()
        if known is not None:
            return known
        self.folder.mkdir(parents=True, exist_ok=True, mode=PRIVATE)
        log = self.folder / "log"
        command = [sys.executable, "-m", "campaign_orchestrator.local.environment_keeper", str(self.folder)]
        with log.open("wb") as sink:
            process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=sink, stderr=sink, start_new_session=True
            )
        give_up = time.monotonic() + SECONDS_TO_START
        while (known := self.variables()) is None:
            if process.poll() is not None and self.keeper is None:
                raise ServerDidNotStart(f"the local environment did not start:\n{end_of_log(log)}")
            if time.monotonic() > give_up:
                process.terminate()
                raise ServerDidNotStart(f"the local environment did not start in {SECONDS_TO_START:.0f} s")
            say(self._progress())
            time.sleep(PAUSE_SECONDS)
        process.returncode = 0  # it goes on without us: nobody is to warn of a process that still runs
        return known

    def down(self) -> bool:
        """End it, and everything that it has started; whether it was up.

        Raises:
            TimeoutError: it did not end.
        """
        keeper = self.keeper
        if keeper is None:
            return False
        os.kill(keeper, signal.SIGTERM)
        give_up = time.monotonic() + SECONDS_TO_END
        while self.keeper is not None:
            if time.monotonic() > give_up:
                raise TimeoutError(f"process {keeper} did not end in {SECONDS_TO_END:.0f} s")
            time.sleep(PAUSE_SECONDS)
        return True

    def _progress(self) -> str:
        try:
            return (self.folder / PROGRESS).read_text()
        except FileNotFoundError:
            return "Starting"
