"""A server that answers every request of an AWS client with what a test wants."""

import http.server
import json
import ssl
import threading
import time
from collections.abc import Callable
from typing import Any

from attrs import frozen

from orchestrator_adapters.aws.client_choice import make_client_of_calls
from orchestrator_adapters.aws.clients import READ_SECONDS, AwsSettings, LazyClient
from orchestrator_adapters.aws.lambda_dispatcher import LambdaDispatcher
from orchestrator_adapters.aws.step_functions_dispatcher import StepFunctionsDispatcher
from orchestrator_domain.ports.dispatcher import Dispatcher

ARN = "arn:aws:states:us-east-1:000000000000:stateMachine:voice"


@frozen(kw_only=True)
class Answer:
    """What is sent back. ``length``: the Content-Length that is claimed, when it is not the true one."""

    status: int = 200
    body: bytes = b"{}"
    headers: tuple[tuple[str, str], ...] = ()
    length: int | None = None


def error(status: int, code: str) -> Answer:
    """An error as AWS sends it; its message is what must never be shown."""
    body = json.dumps({"__type": code, "message": "secret words of the service"}).encode()
    return Answer(status=status, body=body, headers=(("x-amzn-errortype", code),))


def ok(**fields: Any) -> Answer:
    return Answer(body=json.dumps(fields).encode())


class ScriptedService(http.server.ThreadingHTTPServer):
    """Gives each request the answer that ``script`` has for its operation, and keeps what was asked.

    Attributes:
        asked: (operation, input), one a request; the operation of a Lambda invocation is "Invoke".
        connections: how many were accepted.
    """

    daemon_threads = True
    request_queue_size = 64  # of the usual five a crowd's connections are lost, which a client waits for in vain

    def __init__(self, script: Callable[[str, Any], Answer], *, tls: ssl.SSLContext | None = None) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.script, self.asked, self.connections = script, list[tuple[str, Any]](), 0
        self._scheme = "http" if tls is None else "https"
        if tls is not None:
            self.socket = tls.wrap_socket(self.socket, server_side=True)
        threading.Thread(target=self.serve_forever, args=(0.02,), daemon=True).start()

    @property
    def url(self) -> str:
        return f"{self._scheme}://127.0.0.1:{self.server_port}"

    @property
    def operations(self) -> list[str]:
        return [operation for operation, _ in self.asked]

    def close(self) -> None:
        self.shutdown()
        self.server_close()

    def get_request(self) -> tuple[Any, Any]:
        accepted = super().get_request()
        self.connections += 1
        return accepted

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Clients that break off are what is tested."""


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: ScriptedService

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        operation = (self.headers.get("X-Amz-Target") or "Lambda.Invoke").split(".")[-1]
        asked = json.loads(body or b"{}")
        self.server.asked.append((operation, asked))
        answer = self.server.script(operation, asked)
        self.send_response(answer.status)
        for name, value in answer.headers:
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(answer.body) if answer.length is None else answer.length))
        self.end_headers()
        self.wfile.write(answer.body)
        if answer.length is not None:
            self.close_connection = True

    def log_message(self, *args: Any) -> None:
        """Quiet."""


def lazily(
    service: str, url: str, *, seconds: Callable[[], float] = time.time, read_seconds: float = READ_SECONDS
) -> LazyClient:
    """The client that a request would be made with; the fixture ``each_client`` decides which that is."""
    where = AwsSettings(region="us-east-1", endpoint_url=url)
    return LazyClient(lambda: make_client_of_calls(service, where, read_seconds=read_seconds), seconds=seconds)


def a_machine(url: str, *, is_known: bool = True) -> StepFunctionsDispatcher:
    """A dispatcher of voice runs; unless told otherwise, it knows already that its machine is STANDARD."""
    machine = StepFunctionsDispatcher(state_machine_arn=ARN, client=lazily("stepfunctions", url))
    machine._machine_type._is_settled = is_known
    return machine


def both(url: str) -> list[Dispatcher]:
    return [a_machine(url), LambdaDispatcher(function_name="sms", client=lazily("lambda", url))]
