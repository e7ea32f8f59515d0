"""The process that keeps a local environment up: ``dev up`` starts it, ``dev down`` tells it to end."""

import fcntl
import json
import os
import signal
import sys
from pathlib import Path
from types import FrameType
from typing import Final

from campaign_orchestrator.local.environment import LocalEnvironment
from campaign_orchestrator.local.seeding import seed_campaigns

LOCK: Final = "keeper"
VARIABLES: Final = "variables.json"
PROGRESS: Final = "progress"
ONLY_OURS: Final = 0o600


def keep(folder: Path) -> None:
    """Start everything, write down how it is reached, and wait for SIGTERM. One keeper a folder."""
    signal.signal(signal.SIGTERM, _end)
    with (folder / LOCK).open("a+") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        try:
            with LocalEnvironment(say=lambda words: _write(folder / PROGRESS, words)) as environment:
                seed_campaigns(environment.postgres.url())
                _write(folder / VARIABLES, json.dumps(environment.variables()))
                signal.pause()
        except KeyboardInterrupt:
            return
        finally:
            for name in (VARIABLES, PROGRESS):
                (folder / name).unlink(missing_ok=True)


def _write(path: Path, text: str) -> None:
    """Whole or not at all, and for our eyes only: it holds the servers' passwords."""
    unfinished = path.with_suffix(".new")
    unfinished.touch(mode=ONLY_OURS)
    unfinished.write_text(text)
    unfinished.rename(path)


def _end(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    keep(Path(sys.argv[1]))
