"""The client that asks AWS directly: what it sends, on which connections, and what it says when it could not."""

import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from attrs import define, field
from scripted_service import ARN, Answer, ScriptedService, a_machine, error, ok

from asking.runs import a_run
from network.accepting_server import AcceptingServer
from network.certificates import Certificates
from network.silent_server import SilentServer
from orchestrator_adapters.aws import trusted_authorities
from orchestrator_adapters.aws.call_outcome import failed_call
from orchestrator_adapters.aws.client_choice import make_client_of_calls
from orchestrator_adapters.aws.clients import AwsSettings, make_client
from orchestrator_adapters.aws.direct_client import DirectClient
from orchestrator_adapters.aws.error_answers import ErrorAnswer
from orchestrator_adapters.aws.http_answer import UnreadableAnswer
from orchestrator_adapters.aws.never_sent import CredentialsNotSet, HandshakeFailed, RequestNotSendable
from orchestrator_domain.ports.dispatcher import Accepted, NoEffect, Unknown

CREDENTIALS = {"AWS_ACCESS_KEY_ID": "AKIA", "AWS_SECRET_ACCESS_KEY": "very-secret"}
ALIKE = (
    "Host", "Content-Type", "Content-Length", "Accept-Encoding", "X-Amz-Target", "X-Amz-Invocation-Type",
    "X-Amz-Security-Token", "X-Amzn-Trace-Id",
)  # fmt: skip
CALLS: list[tuple[str, Callable[[Any], Any]]] = [
    ("stepfunctions", lambda client: client.start_execution(stateMachineArn=ARN, name="n", input='{"\u00fc": 1}')),
    ("stepfunctions", lambda client: client.stop_execution(executionArn="arn", error="Stopped", cause="why")),
    ("stepfunctions", lambda client: client.describe_execution(executionArn="arn")),
    ("stepfunctions", lambda client: client.list_executions(stateMachineArn=ARN, maxResults=2, nextToken="t")),
    ("stepfunctions", lambda client: client.describe_state_machine(stateMachineArn=ARN, includedData="X")),
    ("events", lambda client: client.put_events(Entries=[{"Source": "s", "DetailType": "d", "Detail": "{}"}])),
    ("secretsmanager", lambda client: client.get_secret_value(SecretId="arn:aws:secretsmanager:x")),
    ("lambda", lambda client: client.invoke(FunctionName="f:alias", InvocationType="Event", Payload=b'{"\xfc":1}')),
    ("lambda", lambda client: client.invoke(
        FunctionName="arn:aws:lambda:us-east-1:000000000000:function:f", InvocationType="Event", Payload=b"{}")),
]  # fmt: skip


@define
class Recorder(AcceptingServer):
    """Keeps every request as it comes, and answers each with 202 and nothing."""

    requests: list[bytes] = field(factory=list)

    def __attrs_post_init__(self) -> None:
        super().__init__()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def serve(self, connection: socket.socket) -> None:
        held = b""
        while came := connection.recv(65_536):
            held += came
            head, found, body = held.partition(b"\r\n\r\n")
            if found and len(body) >= int(headers_of(head)["content-length"]):
                self.requests.append(held)
                held = b""
                connection.sendall(b"HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n")


def headers_of(head: bytes) -> dict[str, str]:
    lines = head.decode().split("\r\n")[1:]
    return {line.partition(":")[0].lower(): line.partition(":")[2].strip() for line in lines}


def directly(service: str, url: str, environment: dict[str, str] | None = None) -> DirectClient:
    where = AwsSettings(region="us-east-1", endpoint_url=url)
    client = make_client_of_calls(service, where, environment=CREDENTIALS if environment is None else environment)
    assert isinstance(client, DirectClient)
    return client


@pytest.mark.parametrize(("service", "call"), CALLS)
def test_what_is_sent_is_what_the_client_library_sends(
    service: str, call: Callable[[Any], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_SESSION_TOKEN", "a-token")
    monkeypatch.setenv("AWS_LAMBDA_FUNCTION_NAME", "f")
    monkeypatch.setenv("_X_AMZN_TRACE_ID", "Root=1-5759e988;Lineage=a:1|b:2")
    environment = CREDENTIALS | {
        "AWS_SESSION_TOKEN": "a-token",
        "AWS_LAMBDA_FUNCTION_NAME": "f",
        "_X_AMZN_TRACE_ID": "Root=1-5759e988;Lineage=a:1|b:2",
    }
    with Recorder() as recorder:
        where = AwsSettings(region="us-east-1", endpoint_url=recorder.url)
        library = make_client(service, where)
        for client in (library, directly(service, recorder.url, environment)):
            answer = call(client)
            assert answer["ResponseMetadata"]["HTTPStatusCode"] == 202
            client.close()
        (wanted_head, wanted_body), (head, body) = (one.split(b"\r\n\r\n", 1) for one in recorder.requests)
    assert head.split(b"\r\n")[0] == wanted_head.split(b"\r\n")[0]
    assert body == wanted_body
    ours, wanted = headers_of(head), headers_of(wanted_head)
    assert [ours.get(name.lower()) for name in ALIKE] == [wanted.get(name.lower()) for name in ALIKE]
    assert signed_names(ours) == signed_names(wanted)


def signed_names(headers: dict[str, str]) -> set[str]:
    """What is signed, but for what the client library tells of its own attempts."""
    names = headers["authorization"].split("SignedHeaders=")[1].split(",")[0].split(";")
    return set(names) - {"amz-sdk-invocation-id", "amz-sdk-request"}


def test_a_connection_that_was_closed_meanwhile_is_not_used() -> None:
    """What is sent on it would be lost, and nobody would know."""
    listener = socket.create_server(("127.0.0.1", 0))
    closed = threading.Event()

    def serve() -> None:
        for _ in range(2):
            connection, _ = listener.accept()
            with connection:
                connection.recv(65_536)
                connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")
            closed.set()

    thread = threading.Thread(target=serve)
    thread.start()
    client: Any = directly("events", f"http://127.0.0.1:{listener.getsockname()[1]}")
    for _ in range(2):
        assert client.put_events(Entries=[])["ResponseMetadata"]["HTTPStatusCode"] == 200
        assert closed.wait(10)
    thread.join()
    listener.close()
    client.close()


def test_calls_at_the_same_time_have_connections_of_their_own_and_few_are_kept() -> None:
    together = threading.Barrier(8)

    def script(*_: Any) -> Answer:
        together.wait(10)
        return ok()

    service = ScriptedService(script)
    client: Any = directly("events", service.url)
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(lambda _: client.put_events(Entries=[]), range(8)))
        assert (service.connections, len(client.connections._idle)) == (8, 4)
        list(threads.map(lambda _: client.put_events(Entries=[]), range(8)))
    assert service.connections == 12
    client.close()
    service.close()


def test_an_answer_in_drops_is_given_up_when_its_time_is_over() -> None:
    class Dripping(AcceptingServer):
        def serve(self, connection: socket.socket) -> None:
            connection.recv(65_536)
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
            while not self.closed.wait(0.05):
                connection.sendall(b"x")

    with Dripping() as server:
        client: Any = directly("events", f"http://127.0.0.1:{server.port}")
        client.connections.read_seconds = 0.3
        with pytest.raises(TimeoutError) as late:
            client.put_events(Entries=[])
    assert failed_call(late.value).answer == Unknown(cause="no_answer")


def test_each_call_has_the_credentials_of_its_time() -> None:
    environment = dict(CREDENTIALS)
    with Recorder() as recorder:
        client: Any = directly("lambda", recorder.url, environment)
        for key in ("first", "second"):
            environment["AWS_ACCESS_KEY_ID"] = key
            client.invoke(FunctionName="f", InvocationType="Event", Payload=b"{}")
            assert f"Credential={key}/".encode() in recorder.requests[-1]
        del environment["AWS_SECRET_ACCESS_KEY"]
        with pytest.raises(CredentialsNotSet) as away:
            client.invoke(FunctionName="f", InvocationType="Event", Payload=b"{}")
        client.close()
    assert failed_call(away.value).answer == NoEffect(cause="no_credentials")
    assert len(recorder.requests) == 2


@pytest.mark.parametrize("token", ["two\r\nlines", "t\u00f6ken", "nul\0"])
def test_a_value_that_could_end_a_header_is_not_sent(token: str) -> None:
    with Recorder() as recorder:
        client: Any = directly("lambda", recorder.url, CREDENTIALS | {"AWS_SESSION_TOKEN": token})
        with pytest.raises(RequestNotSendable) as refused:
            client.invoke(FunctionName="f", InvocationType="Event", Payload=b"{}")
        assert recorder.requests == []
    assert failed_call(refused.value).answer == NoEffect(cause="invalid_parameters")
    assert token not in str(refused.value)


def test_arguments_that_cannot_be_sent_have_no_effect() -> None:
    broken: list[tuple[str, Callable[[Any], Any]]] = [
        ("lambda", lambda client: client.invoke(FunctionName="f")),
        ("lambda", lambda client: client.invoke(FunctionName=b"f", InvocationType=1, Payload=b"{}")),
        ("events", lambda client: client.put_events(Entries=[b"bytes"])),
    ]
    for service, call in broken:
        with pytest.raises(RequestNotSendable) as refused:
            call(directly(service, "http://127.0.0.1:1"))
        assert failed_call(refused.value).answer == NoEffect(cause="invalid_parameters")


def test_an_answer_of_another_kind_is_none() -> None:
    service = ScriptedService(lambda *_: Answer(body=b"[]"))
    client: Any = directly("events", service.url)
    with pytest.raises(UnreadableAnswer):
        client.put_events(Entries=[])
    client.close()
    service.close()


def test_a_redirect_is_not_followed() -> None:
    elsewhere = ScriptedService(lambda *_: ok())
    service = ScriptedService(lambda *_: Answer(status=307, body=b"", headers=(("Location", elsewhere.url + "/"),)))
    client: Any = directly("events", service.url)
    with pytest.raises(ErrorAnswer) as redirected:
        client.put_events(Entries=[])
    assert failed_call(redirected.value).answer == Unknown(cause="307")
    assert elsewhere.asked == []
    for one in (service, elsewhere):
        one.close()


def test_neither_the_client_nor_its_errors_show_a_secret() -> None:
    service = ScriptedService(lambda *_: error(400, "SomeCode"))
    client: Any = directly("events", service.url)
    with pytest.raises(ErrorAnswer) as refused:
        client.put_events(Entries=[])
    shown = repr(client) + repr(client.connections) + str(refused.value) + repr(refused.value)
    assert "secret" not in shown
    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400
    client.close()
    service.close()


# ---------------------------------------------------------------- TLS


@pytest.fixture
def certificates(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Certificates:
    made = Certificates(tmp_path)
    monkeypatch.setenv("AWS_CA_BUNDLE", str(made.roots))
    return made


@pytest.fixture
def serving() -> Iterator[Callable[[ssl.SSLContext], ScriptedService]]:
    started: list[ScriptedService] = []

    def start(context: ssl.SSLContext) -> ScriptedService:
        started.append(ScriptedService(lambda *_: ok(executionArn="arn", startDate=1), tls=context))
        return started[-1]

    yield start
    for service in started:
        service.close()


@pytest.mark.usefixtures("each_client")
def test_only_the_right_certificate_is_spoken_to(
    certificates: Certificates, serving: Callable[[ssl.SSLContext], ScriptedService]
) -> None:
    assert isinstance(a_machine(serving(certificates.right()).url).dispatch(a_run()), Accepted)
    for why, context in certificates.wrong().items():
        service = serving(context)
        assert a_machine(service.url).dispatch(a_run()) == NoEffect(cause="tls"), why
        assert service.asked == []


@pytest.mark.usefixtures("each_client")
def test_what_does_not_speak_tls_has_no_effect(certificates: Certificates) -> None:
    service = ScriptedService(lambda *_: ok())
    assert a_machine(service.url.replace("http", "https")).dispatch(a_run()) == NoEffect(cause="tls")
    assert service.asked == []
    service.close()


def test_a_handshake_that_nobody_answers_is_given_up_and_nothing_was_sent() -> None:
    with SilentServer() as silent:
        client: Any = directly("events", f"https://127.0.0.1:{silent.port}")
        with pytest.raises(HandshakeFailed) as away:
            client.put_events(Entries=[])
        assert b"POST " not in silent.received
    assert failed_call(away.value).answer == NoEffect(cause="tls")


def test_those_are_trusted_whom_the_client_library_trusts() -> None:
    from botocore.httpsession import get_cert_path

    assert str(trusted_authorities._list_of_authorities()) == get_cert_path(True)
    assert len(trusted_authorities.trusting_context(None).get_ca_certs()) > 100


def test_without_certifi_it_is_the_list_of_the_client_library(monkeypatch: pytest.MonkeyPatch) -> None:
    """Which is what the deployed package has."""
    import botocore

    monkeypatch.setattr(trusted_authorities, "HOLDERS", ("not_there", "botocore"))
    found = trusted_authorities._list_of_authorities()
    assert found == Path(botocore.__file__).with_name("cacert.pem")
    assert found.is_file()
