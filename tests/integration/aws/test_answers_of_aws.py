"""What each answer, error and silence of AWS is called; from real sockets, by the real client."""

import http.server
import json
import socket
import threading
from collections.abc import Iterator
from typing import Any

import botocore.exceptions
import botocore.session
import pytest
from attrs import evolve

from asking.runs import a_run
from network.silent_server import SilentServer
from orchestrator_adapters.aws import call_outcome
from orchestrator_adapters.aws.clients import AwsSettings, LazyClient, make_client
from orchestrator_adapters.aws.lambda_dispatcher import LambdaDispatcher
from orchestrator_adapters.aws.step_functions_dispatcher import StepFunctionsDispatcher, execution_arn
from orchestrator_domain.ports.dispatcher import (
    DispatchAnswer,
    Dispatcher,
    ExecutionPhase,
    NoEffect,
    Refused,
    StopAnswer,
    Unknown,
)

ARN = "arn:aws:states:us-east-1:000000000000:stateMachine:voice"


class AnsweringServer(http.server.ThreadingHTTPServer):
    """Gives one AWS error to every request, and counts them."""

    daemon_threads = True

    def __init__(self, status: int, code: str) -> None:
        super().__init__(("127.0.0.1", 0), _Answer)
        self.status, self.code, self.requests = status, code, 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class _Answer(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: AnsweringServer

    def do_POST(self) -> None:
        self.server.requests += 1
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        body = json.dumps({"__type": self.server.code, "message": "secret words of the service"}).encode()
        self.send_response(self.server.status)
        self.send_header("x-amzn-errortype", self.server.code)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: Any) -> None:
        """Quiet."""


def lazily(service: str, url: str) -> LazyClient:
    return LazyClient(lambda: make_client(service, AwsSettings(region="us-east-1", endpoint_url=url)))


def both(url: str) -> list[Dispatcher]:
    return [
        StepFunctionsDispatcher(state_machine_arn=ARN, client=lazily("stepfunctions", url)),
        LambdaDispatcher(function_name="sms", client=lazily("lambda", url)),
    ]


@pytest.fixture(autouse=True)
def credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")


@pytest.fixture
def answering() -> Iterator[Any]:
    started: list[AnsweringServer] = []

    def start(status: int, code: str) -> AnsweringServer:
        server = AnsweringServer(status, code)
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        started.append(server)
        return server

    yield start
    for server in started:
        server.shutdown()
        server.server_close()


ANSWERS: list[tuple[int, str, DispatchAnswer]] = [
    (400, "ThrottlingException", Refused(cause="ThrottlingException", transient=True)),
    (429, "TooManyRequestsException", Refused(cause="TooManyRequestsException", transient=True)),
    (400, "ExecutionLimitExceeded", Refused(cause="ExecutionLimitExceeded", transient=True)),
    (400, "AccessDeniedException", Refused(cause="AccessDeniedException", transient=False)),
    (400, "StateMachineDoesNotExist", Refused(cause="StateMachineDoesNotExist", transient=False)),
    (404, "ResourceNotFoundException", Refused(cause="ResourceNotFoundException", transient=False)),
    (413, "RequestTooLargeException", Refused(cause="RequestTooLargeException", transient=False)),
    (400, "SomethingNew", Refused(cause="SomethingNew", transient=False)),
    (500, "ServiceException", Unknown(cause="ServiceException")),
    (503, "ServiceUnavailable", Unknown(cause="ServiceUnavailable")),
]


@pytest.mark.parametrize(("status", "code", "wanted"), ANSWERS)
def test_each_answer_has_its_class_and_is_asked_for_once(
    answering: Any, status: int, code: str, wanted: DispatchAnswer
) -> None:
    for number, dispatcher in enumerate(both((server := answering(status, code)).url), start=1):
        assert dispatcher.dispatch(a_run()) == wanted
        assert server.requests == number


def test_a_code_is_shown_without_what_cannot_be_in_one(answering: Any) -> None:
    server = answering(400, "Bad Code:{evil}")
    answer = both(server.url)[0].dispatch(a_run())
    assert isinstance(answer, Refused)
    assert set(answer.cause) <= set("BadCodeevil")


def test_silence_is_unknown_and_one_request_was_sent() -> None:
    for index in range(2):
        with SilentServer() as silent:
            dispatcher = both(f"http://127.0.0.1:{silent.port}")[index]
            assert dispatcher.dispatch(a_run()) == Unknown(cause="no_answer")
            assert silent.received.count(b"POST ") == 1


def test_a_connection_that_breaks_after_the_request_is_unknown() -> None:
    listener = socket.create_server(("127.0.0.1", 0))

    def hang_up() -> None:
        for _ in range(2):
            connection, _ = listener.accept()
            connection.recv(65_536)
            connection.close()

    thread = threading.Thread(target=hang_up)
    thread.start()
    for dispatcher in both(f"http://127.0.0.1:{listener.getsockname()[1]}"):
        assert dispatcher.dispatch(a_run()) == Unknown(cause="no_answer")
    thread.join()
    listener.close()


def test_a_refused_connection_has_no_effect() -> None:
    for dispatcher in both("http://127.0.0.1:1"):
        assert dispatcher.dispatch(a_run()) == NoEffect(cause="no_connection")


def test_a_name_that_does_not_resolve_has_no_effect() -> None:
    for dispatcher in both("http://nowhere.invalid"):
        assert dispatcher.dispatch(a_run()) == NoEffect(cause="no_connection")


def test_missing_credentials_have_no_effect(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/nonexistent")
    for dispatcher in both("http://127.0.0.1:1"):
        assert dispatcher.dispatch(a_run()) == NoEffect(cause="no_credentials")


def test_looking_and_stopping_never_raise(answering: Any) -> None:
    for status, code in ((500, "ServiceException"), (400, "AccessDeniedException")):
        url = answering(status, code).url
        machine = StepFunctionsDispatcher(state_machine_arn=ARN, client=lazily("stepfunctions", url))
        for run in (a_run(), evolve(a_run(), execution_reference="arn")):
            assert machine.observe(run).phase is ExecutionPhase.NOT_VISIBLE
            assert machine.stop(run, reason="test") is StopAnswer.UNCONFIRMED


def test_a_taken_name_that_cannot_be_looked_at_is_unknown(answering: Any) -> None:
    server = answering(400, "ExecutionAlreadyExists")
    machine = StepFunctionsDispatcher(state_machine_arn=ARN, client=lazily("stepfunctions", server.url))
    assert machine.dispatch(a_run()) == Unknown(cause="name_taken_and_not_visible")


def test_every_error_of_the_client_library_that_comes_before_sending_is_listed() -> None:
    """A new version of botocore cannot bring a connection error that is silently called unknown or no effect."""
    known_after_sending = {
        "ReadTimeoutError",
        "ConnectionClosedError",
        "HTTPClientError",
        "ConnectionError",
        "ResponseStreamingError",
        "IncompleteReadError",
        "ClientError",
    }
    connection_errors = {
        name
        for name, cls in vars(botocore.exceptions).items()
        if isinstance(cls, type)
        and issubclass(cls, botocore.exceptions.HTTPClientError | botocore.exceptions.ConnectionError)
    }
    unlisted = {
        name
        for name in connection_errors - known_after_sending
        if not any(base.__name__ in call_outcome.NEVER_SENT for base in getattr(botocore.exceptions, name).__mro__)
    }
    assert unlisted == set()
    assert set(call_outcome.NEVER_SENT) <= set(vars(botocore.exceptions)) | {"EndpointResolutionError"}


def test_every_modelled_error_of_the_operations_has_a_class() -> None:
    """Each error that AWS documents for our calls is one that an operator would expect in its class."""
    session = botocore.session.Session()
    transient = set()
    for service, operations in {
        "stepfunctions": ("StartExecution", "StopExecution", "DescribeExecution"),
        "lambda": ("Invoke",),
    }.items():
        model = session.get_service_model(service)
        for operation in operations:
            for shape in model.operation_model(operation).error_shapes:
                code = getattr(shape, "error_code", None) or shape.name
                status = (shape.metadata.get("error") or {}).get("httpStatusCode", 400)
                response: Any = {"Error": {"Code": code}, "ResponseMetadata": {"HTTPStatusCode": status}}
                answer = call_outcome.failed_call(botocore.exceptions.ClientError(response, operation)).answer
                if isinstance(answer, Refused) and answer.transient:
                    transient.add(code)
                assert isinstance(answer, Unknown) == (status >= 500), code
    assert {"ExecutionLimitExceeded", "TooManyRequestsException", "KmsThrottlingException"} <= transient


@pytest.mark.parametrize(
    "arn",
    [
        "arn:aws:states:us-east-1:000000000000:express:voice:name",
        "arn:aws:states:us-east-1:000000000000:stateMachine:voice:1",
        "voice",
        "",
    ],
)
def test_what_is_no_arn_of_a_standard_state_machine_is_refused(arn: str) -> None:
    with pytest.raises(ValueError, match="stateMachine:NAME"):
        execution_arn(arn, "name")
