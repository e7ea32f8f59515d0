"""Connections of the clients: TLS failing before and after the request, idle ones, clients that cannot be made."""

import socket
import ssl
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import trustme
from scripted_service import ARN, Answer, ScriptedService, a_machine, lazily, ok

from asking.runs import a_run
from network.silent_server import SilentServer
from orchestrator_adapters.aws.clients import IDLE_SECONDS, AwsSettings, ClientNotMade, LazyClient, make_client
from orchestrator_adapters.aws.lambda_dispatcher import LambdaDispatcher
from orchestrator_adapters.aws.step_functions_dispatcher import StepFunctionsDispatcher
from orchestrator_adapters.aws.trusted_authorities import trusting_context
from orchestrator_domain.ports.dispatcher import Accepted, NoEffect, Unknown

pytestmark = pytest.mark.usefixtures("each_client")

STARTED = ok(executionArn="arn", startDate=1_700_000_000)


@pytest.fixture
def authority() -> trustme.CA:
    """Signs certificates; nobody trusts it but who is told to."""
    return trustme.CA()


@pytest.fixture
def trusted(authority: trustme.CA, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    authority.cert_pem.write_to_path(str(tmp_path / "authority.pem"))
    monkeypatch.setenv("AWS_CA_BUNDLE", str(tmp_path / "authority.pem"))


@pytest.fixture
def service(authority: trustme.CA) -> Iterator[ScriptedService]:
    """Speaks TLS, with a certificate for 127.0.0.1."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    started = ScriptedService(lambda *_: STARTED, tls=context)
    yield started
    started.close()


def test_a_certificate_that_is_not_trusted_has_no_effect(service: ScriptedService) -> None:
    assert a_machine(service.url).dispatch(a_run()) == NoEffect(cause="tls")
    assert service.asked == []


@pytest.mark.usefixtures("trusted")
def test_a_trusted_one_is_spoken_to(service: ScriptedService) -> None:
    assert isinstance(a_machine(service.url).dispatch(a_run()), Accepted)


@pytest.mark.usefixtures("trusted")
def test_a_name_that_the_certificate_is_not_for_has_no_effect(service: ScriptedService) -> None:
    url = service.url.replace("127.0.0.1", "localhost")
    assert a_machine(url).dispatch(a_run()) == NoEffect(cause="tls")
    assert service.asked == []


@pytest.mark.usefixtures("trusted")
def test_tls_that_breaks_after_the_request_is_unknown(
    service: ScriptedService, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The client library raises the same class for this as for a handshake that fails."""

    def break_off(*_: Any, **__: Any) -> Any:
        raise ssl.SSLError(1, "[SSL] record layer failure")

    machine = a_machine(service.url)
    assert isinstance(machine.dispatch(a_run()), Accepted)
    monkeypatch.setattr("ssl.SSLSocket.recv_into", break_off)
    monkeypatch.setattr("ssl.SSLSocket.recv", break_off)
    assert machine.dispatch(a_run()) == Unknown(cause="no_answer")
    monkeypatch.undo()


def test_a_connection_that_was_idle_for_long_is_not_used_again() -> None:
    """A gateway on the way has forgotten it, and the lost answer of a request would be unknown."""
    service = ScriptedService(lambda *_: STARTED)
    now = [1_000.0]
    client = lazily("stepfunctions", service.url, seconds=lambda: now[0])
    machine = StepFunctionsDispatcher(state_machine_arn=ARN, client=client)
    machine._machine_type._is_settled = True
    for pause, connections in ((0.0, 1), (IDLE_SECONDS, 1), (IDLE_SECONDS + 1, 2), (1.0, 2)):
        now[0] += pause
        assert isinstance(machine.dispatch(a_run()), Accepted)
        assert service.connections == connections
    service.close()


def test_a_handshake_of_somebody_else_is_none_of_this_call() -> None:
    """A dispatch that is made while such a failure is handled has it as the context of its own errors."""
    with SilentServer() as silent:
        messages = LambdaDispatcher(
            function_name="f", client=lazily("lambda", f"http://127.0.0.1:{silent.port}", read_seconds=0.2)
        )
        ours, theirs = socket.socketpair()
        theirs.close()
        answers = []
        try:
            ssl.create_default_context().wrap_socket(ours, server_hostname="elsewhere")
        except OSError:
            answers.append(messages.dispatch(a_run()))
        assert answers == [Unknown(cause="no_answer")]
        assert silent.received.count(b"POST ") == 1


def test_what_the_strictest_of_pythons_refuses_is_not_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """From 3.13 on Python is stricter than the client library about the certificates of authorities."""
    usual = ssl.create_default_context

    def strict(**arguments: Any) -> ssl.SSLContext:
        context = usual(**arguments)
        context.verify_flags |= ssl.VERIFY_X509_STRICT
        return context

    monkeypatch.setattr("ssl.create_default_context", strict)
    context = trusting_context.__wrapped__(None)
    assert not context.verify_flags & ssl.VERIFY_X509_STRICT
    assert (context.verify_mode, context.check_hostname) == (ssl.CERT_REQUIRED, True)


def test_a_client_that_cannot_be_made_has_no_effect() -> None:
    def broken() -> Any:
        raise ValueError("secret words")

    for make in (StepFunctionsDispatcher(state_machine_arn=ARN, client=LazyClient(broken)),
                 LambdaDispatcher(function_name="sms", client=LazyClient(broken))):  # fmt: skip
        assert make.dispatch(a_run()) == NoEffect(cause="client_not_made")
    with pytest.raises(ClientNotMade, match="ValueError"):
        LazyClient(broken).get()


def test_each_request_waits_for_its_own_time_and_is_sent_once() -> None:
    where = AwsSettings(region="us-east-1", endpoint_url="http://127.0.0.1:1")
    config = make_client("lambda", where).meta.config
    assert (config.connect_timeout, config.read_timeout) == (1, 3)
    assert config.retries == {"total_max_attempts": 1, "mode": "standard"}


@pytest.mark.parametrize(("seconds", "parts"), [(2.0, (0.5, 1.5)), (9.0, (1, 3))])
def test_a_client_of_the_library_for_one_call_has_the_time_of_that_call(
    seconds: float, parts: tuple[float, float]
) -> None:
    where = AwsSettings(region="us-east-1", endpoint_url="http://127.0.0.1:1")
    config = LazyClient(lambda: make_client("lambda", where)).within(seconds).meta.config
    assert (config.connect_timeout, config.read_timeout) == parts
    assert config.retries == {"total_max_attempts": 1, "mode": "standard"}


def test_dispatches_share_a_connection() -> None:
    """The body of an answer to Invoke is a stream, which keeps its connection until it has been read."""
    service = ScriptedService(lambda *_: Answer(status=202, body=b""))
    messages = LambdaDispatcher(function_name="f", client=lazily("lambda", service.url))
    for _ in range(3):
        assert isinstance(messages.dispatch(a_run()), Accepted)
    assert service.connections == 1
    service.close()
