"""One function's process, and the invocations that it is given."""

import contextlib
import os
import signal
import subprocess
import threading
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import IO, Any

from .outcome import Outcome, failure
from .runtime_api import RuntimeApi

SECONDS_TO_END = 1.0
# The kernel ends a function's process when the thread that started it ends: this one lives as long as LocalStack.
_STARTER = ThreadPoolExecutor(max_workers=1, thread_name_prefix="starts-functions")


class RuntimeProcess:
    """A process that polls a Runtime API of its own; it is given one invocation at a time."""

    def __init__(self, command: list[str], folder: str, environment: Mapping[str, str], log: IO[bytes]) -> None:
        self._changed = threading.Condition()
        self._is_ready = False
        self._pending: tuple[Mapping[str, Any], bytes] | None = None
        self._outcome: Outcome | None = None
        self._request_id = ""
        self.has_ended = False
        self._api = RuntimeApi(self)
        address = {"AWS_LAMBDA_RUNTIME_API": f"127.0.0.1:{self._api.server_port}"}
        self._process = _STARTER.submit(
            subprocess.Popen,
            command,
            cwd=folder,
            env={**environment, **address},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        ).result()
        threading.Thread(target=self._api.serve_forever, args=(0.05,), daemon=True).start()
        threading.Thread(target=self._notice_end, daemon=True).start()

    def next_invocation(self) -> tuple[Mapping[str, Any], bytes] | None:
        """Called by the Runtime API: waits for an invocation."""
        with self._changed:
            self._is_ready = True
            self._changed.notify_all()
            self._changed.wait_for(lambda: self._pending or self.has_ended)
            invocation, self._pending = self._pending, None
            return invocation

    def finish(self, request_id: str, outcome: Outcome) -> None:
        """Called by the Runtime API: the first answer to the present invocation counts."""
        with self._changed:
            if request_id == self._request_id and self._outcome is None:
                self._outcome = outcome
                self._changed.notify_all()

    def initialise(self, request_id: str, seconds: float) -> Outcome | None:
        """Wait until the process polls for work: None, or what went wrong."""
        with self._changed:
            self._changed.wait_for(lambda: self._is_ready or self._outcome or self.has_ended, seconds)
            if self._outcome is not None or self._is_ready:
                return self._outcome
            return self._what_went_wrong(request_id, seconds)

    def invoke(self, request_id: str, headers: Mapping[str, Any], body: bytes, seconds: float) -> Outcome:
        """Give the process an invocation, and wait for what becomes of it."""
        with self._changed:
            self._request_id, self._outcome, self._pending = request_id, None, (headers, body)
            self._changed.notify_all()
            self._changed.wait_for(lambda: self._outcome or self.has_ended, seconds)
            said: Outcome | None = self._outcome
            return said or self._what_went_wrong(request_id, seconds)

    def answered(self, request_id: str) -> bool:
        """Whether the process itself has answered the invocation."""
        return self._request_id == request_id and self._outcome is not None

    def close(self) -> None:
        """End the process with everything that it has started, then the API."""
        self._send(signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(SECONDS_TO_END)
        self._send(signal.SIGKILL)  # also when it has ended: what it has started need not have
        self._process.wait()
        self._api.shutdown()
        self._api.server_close()

    def _send(self, number: signal.Signals) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, number)

    def _notice_end(self) -> None:
        self._process.wait()
        with self._changed:
            self.has_ended = True
            self._changed.notify_all()

    def _what_went_wrong(self, request_id: str, seconds: float) -> Outcome:
        if not self.has_ended:
            return failure("Sandbox.Timedout", request_id, f"Error: Task timed out after {seconds:.2f} seconds")
        code = self._process.poll() or 0
        how = f"signal: {signal.Signals(-code).name}" if code < 0 else f"exit status {code}"
        return failure("Runtime.ExitError", request_id, f"Error: Runtime exited with error: {how}")
