"""What all embedded servers have in common: how they end, and what they leave behind: nothing."""

from abc import abstractmethod
from pathlib import Path
from typing import Self

from campaign_orchestrator.local.free_ports import free_port
from campaign_orchestrator.local.server_folder import ServerFolder
from campaign_orchestrator.local.server_process import ServerProcess
from campaign_orchestrator.local.started_and_closed import StartedAndClosed


class EmbeddedServer(StartedAndClosed):
    """A server on a port of the loopback interface, with a temporary folder of its own.

    Args:
        port: a fixed port, or None for a free one. It stays the same when the server is started again.
    """

    name: str
    host = "127.0.0.1"

    def __init__(self, *, port: int | None = None) -> None:
        self.port = port or free_port()
        self._made = ServerFolder.make(self.name.lower())
        self._process: ServerProcess | None = None

    @property
    def folder(self) -> Path:
        """Where it keeps its data and its log, until it is closed."""
        return self._made.path

    @property
    def log(self) -> Path:
        return self.folder / "log"

    @property
    def pid(self) -> int:
        """Raises RuntimeError when the server is not running."""
        if self._process is None:
            raise RuntimeError(f"{self.name} is not running")
        return self._process.pid

    @abstractmethod
    def start(self) -> Self:
        """Start the server and wait until it answers.

        Raises:
            ServerDidNotStart: it ended, or did not answer in time; with the end of its log.
        """

    def stop(self) -> None:
        """End the server in its own way. It may be started again. Repeating it does nothing."""
        if self._process is not None:
            self._end(self._process)
            self._process = None

    def kill(self) -> None:
        """End the server as a crash would (kill -9). It may be started again. Repeating it does nothing."""
        if self._process is not None:
            self._process.kill()
            self._process = None

    def close(self) -> None:
        """End the server and remove all that it has written. Repeating it does nothing."""
        try:
            self.stop()
        finally:
            self._made.remove()

    def _end(self, process: ServerProcess) -> None:
        process.stop()
