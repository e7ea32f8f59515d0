"""A server's temporary folder, that goes when its owner does."""

import atexit
import contextlib
import fcntl
import shutil
import tempfile
from collections.abc import Iterator
from io import TextIOWrapper
from pathlib import Path

from attrs import field, frozen

PREFIX = "orchestrator-"
LOCK = "owner"


@frozen
class ServerFolder:
    """A folder below the system's folder of temporary files.

    Its owner holds a lock on a file in it. One whose lock is free has lost its owner, by kill -9 or by a loss of
    power, and is removed when the next is made.
    """

    path: Path
    _lock: TextIOWrapper = field(repr=False)

    @classmethod
    def make(cls, server: str) -> "ServerFolder":
        """A new folder, named after ``server``."""
        for orphan in _orphans():
            shutil.rmtree(orphan, ignore_errors=True)
        path = Path(tempfile.mkdtemp(prefix=f"{PREFIX}{server}-"))
        lock = (path / f"{LOCK}.new").open("w")
        fcntl.flock(lock, fcntl.LOCK_EX)
        (path / f"{LOCK}.new").rename(path / LOCK)  # under this name it is never seen without its lock
        folder = cls(path, lock)
        atexit.register(folder.remove)
        return folder

    def remove(self) -> None:
        """Remove the folder with all that is in it. Repeating it does nothing."""
        shutil.rmtree(self.path, ignore_errors=True)
        self._lock.close()
        atexit.unregister(self.remove)


def _orphans() -> Iterator[Path]:
    for lock in Path(tempfile.gettempdir()).glob(f"{PREFIX}*/{LOCK}"):
        # Another user's folder cannot be opened, an owned one cannot be locked: both stay.
        with contextlib.suppress(OSError), lock.open() as opened:
            fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
            yield lock.parent
