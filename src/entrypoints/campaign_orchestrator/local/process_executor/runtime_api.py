"""The Lambda Runtime API, as a function's process polls it.

https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
"""

from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Protocol

from .outcome import Outcome

API = "/2018-06-01/runtime"


class Runtime(Protocol):
    """What the API needs of the process that it serves."""

    def next_invocation(self) -> tuple[Mapping[str, Any], bytes] | None:
        """The next invocation's headers and payload; None when the process has ended."""

    def finish(self, request_id: str, outcome: Outcome) -> None:
        """The process has said what became of an invocation; "" is the init phase."""


class RuntimeApi(ThreadingHTTPServer):
    """Serves one process, on a free loopback port."""

    daemon_threads = True

    def __init__(self, runtime: Runtime) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.runtime = runtime


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1  # an answer leaves in one segment, without Nagle's delay
    server: RuntimeApi

    def log_message(self, *args: Any) -> None:
        """Requests of the function's process are no news."""

    def do_GET(self) -> None:
        if self.path != f"{API}/invocation/next":
            self._reply(404)
        elif invocation := self.server.runtime.next_invocation():
            headers, payload = invocation
            self._reply(200, payload, {"Content-Type": "application/json", **headers})
        else:
            self.close_connection = True

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if self.path == f"{API}/init/error":
            self.server.runtime.finish("", (True, body))
        elif self.path.startswith(f"{API}/invocation/"):
            request_id, _, kind = self.path.removeprefix(f"{API}/invocation/").partition("/")
            self.server.runtime.finish(request_id, (kind != "response", body))
        else:
            self._reply(404)
            return
        self._reply(202, b'{"status":"OK"}', {"Content-Type": "application/json"})

    def _reply(self, status: int, body: bytes = b"", headers: Mapping[str, Any] | None = None) -> None:
        self.send_response(status)
        for name, value in {**(headers or {}), "Content-Length": len(body)}.items():
            self.send_header(name, str(value))
        self.end_headers()
        self.wfile.write(body)
