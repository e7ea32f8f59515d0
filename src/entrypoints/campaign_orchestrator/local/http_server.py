"""A local HTTP address of the orchestrator: each request becomes the event that a REST API would make of it."""

import base64
import threading
from collections.abc import Callable, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final, Self
from urllib.parse import parse_qsl, urlsplit
from uuid import uuid4

from campaign_orchestrator.local.started_and_closed import StartedAndClosed

LOOPBACK: Final = "127.0.0.1"
MOST_BODY_BYTES: Final = 10 * 1024 * 1024
"""API Gateway takes no more."""

Answer = Callable[[dict[str, Any]], Mapping[str, Any]]


class LocalHttpServer(StartedAndClosed):
    """Listens on this machine only.

    Args:
        answer: gives the response to an event, as the Lambda function does.
        port: 0 chooses a free one.
    """

    def __init__(self, answer: Answer, *, port: int = 0) -> None:
        self._server = ThreadingHTTPServer((LOOPBACK, port), _handler_of(answer))
        self._server.daemon_threads = True
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True
        )

    @property
    def url(self) -> str:
        return f"http://{LOOPBACK}:{self._server.server_port}"

    def start(self) -> Self:
        """Begin to listen."""
        self._thread.start()
        return self

    def close(self) -> None:
        """Stop listening. Repeating it does nothing."""
        if self._thread.is_alive():
            self._server.shutdown()
            self._thread.join()
        self._server.server_close()


def rest_api_event(method: str, target: str, headers: Mapping[str, list[str]], body: bytes) -> dict[str, Any]:
    """The event that a REST API with a greedy route makes of a request, with a body in base64.

    https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html
    """
    parts = urlsplit(target)
    query: dict[str, list[str]] = {}
    for name, value in parse_qsl(parts.query, keep_blank_values=True, errors="replace"):
        query.setdefault(name, []).append(value)
    return {
        "resource": "/{proxy+}",
        "path": parts.path,
        "httpMethod": method,
        "headers": {name: values[-1] for name, values in headers.items()},
        "multiValueHeaders": dict(headers),
        "queryStringParameters": {name: values[-1] for name, values in query.items()} or None,
        "multiValueQueryStringParameters": query or None,
        "pathParameters": {"proxy": parts.path.lstrip("/")},
        "stageVariables": None,
        "requestContext": {"stage": "local", "requestId": str(uuid4()), "httpMethod": method, "identity": {}},
        "body": base64.b64encode(body).decode() if body else None,
        "isBase64Encoded": bool(body),
    }


def _handler_of(answer: Answer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = -1  # head and body leave together; else the body waits 40 ms for the head's acknowledgement

        def _serve(self) -> None:
            length = self.headers.get("Content-Length", "0")
            if not length.isdigit() or int(length) > MOST_BODY_BYTES or "Transfer-Encoding" in self.headers:
                self.close_connection = True
                self.send_error(413)
                return
            headers: dict[str, list[str]] = {}
            for name, value in self.headers.items():
                headers.setdefault(name, []).append(value)
            body = self.rfile.read(int(length))
            self._write(answer(rest_api_event(self.command, self.path, headers, body)))

        def _write(self, response: Mapping[str, Any]) -> None:
            body = response["body"].encode()
            self.send_response(response["statusCode"])
            for name, value in response["headers"].items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Silent: requests are the caller's business."""

    for method in ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "TRACE", "QUERY"):
        setattr(Handler, f"do_{method}", Handler._serve)
    return Handler
