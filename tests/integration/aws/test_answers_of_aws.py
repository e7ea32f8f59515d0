"""What each answer, error and silence of AWS is called; from real sockets, by the real client."""

import json
import socket
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from attrs import evolve
from scripted_service import Answer, ScriptedService, a_machine, both, error, lazily, ok

from asking.runs import NOW, a_run
from network.silent_server import SilentServer
from orchestrator_adapters.aws.event_bridge_publisher import EventBridgePublisher
from orchestrator_adapters.aws.state_machine_arn import execution_arn
from orchestrator_adapters.aws.step_functions_dispatcher import StepFunctionsDispatcher
from orchestrator_domain.ports.dispatcher import (
    DispatchAnswer,
    ExecutionPhase,
    NoEffect,
    OpenExecutions,
    Refused,
    StopAnswer,
    Unknown,
)
from orchestrator_domain.ports.event_publisher import CampaignEvent

pytestmark = pytest.mark.usefixtures("each_client")


@pytest.fixture
def serving() -> Iterator[Callable[[Answer], ScriptedService]]:
    """Starts a service that gives one answer to everything."""
    started: list[ScriptedService] = []

    def start(answer: Answer) -> ScriptedService:
        started.append(ScriptedService(lambda _, __: answer))
        return started[-1]

    yield start
    for service in started:
        service.close()


Serving = Callable[[Answer], ScriptedService]
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
    serving: Serving, status: int, code: str, wanted: DispatchAnswer
) -> None:
    service = serving(error(status, code))
    for number, dispatcher in enumerate(both(service.url), start=1):
        assert dispatcher.dispatch(a_run()) == wanted
        assert len(service.asked) == number


NOT_THE_SERVICE_S = {
    "200 and nothing": Answer(),
    "200 of another kind": Answer(body=b"<html>hello</html>"),
    "200 that is cut off": Answer(body=b'{"executionArn": "ar', length=500),
    "a redirect": Answer(status=302, body=b"", headers=(("Location", "http://127.0.0.1:1/"),)),
    "500 without a code": Answer(status=500, body=b"oops"),
    "502 of a proxy": Answer(status=502, body=b"<html>Bad Gateway</html>"),
    "503 that speaks of throttling": error(503, "ThrottlingException"),
}


@pytest.mark.parametrize("name", NOT_THE_SERVICE_S)
def test_what_the_service_did_not_say_is_unknown(serving: Serving, name: str) -> None:
    for number, dispatcher in enumerate(both((service := serving(NOT_THE_SERVICE_S[name])).url), start=1):
        assert isinstance(dispatcher.dispatch(a_run()), Unknown)
        assert len(service.asked) == number


@pytest.mark.parametrize("status", [408, 429])
def test_too_many_requests_and_half_ones_are_refused_for_now_also_without_a_code(
    serving: Serving, status: int
) -> None:
    for dispatcher in both(serving(Answer(status=status, body=b"slow down")).url):
        answer = dispatcher.dispatch(a_run())
        assert isinstance(answer, Refused)
        assert answer.transient


@pytest.mark.parametrize("code", ["Bad Code:{evil}", "Bad\u0660Code\u00fc", "Bad\nCode"])
def test_a_code_is_shown_without_what_cannot_be_in_one(serving: Serving, code: str) -> None:
    body = json.dumps({"__type": code}).encode()
    answer = both(serving(Answer(status=400, body=body)).url)[0].dispatch(a_run())
    assert isinstance(answer, Refused)
    assert answer.cause.isascii()
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


def test_looking_and_stopping_never_raise(serving: Serving) -> None:
    codes = ("ThrottlingException", "AccessDeniedException", "StateMachineDoesNotExist", "KmsAccessDeniedException")
    refusals = [error(500, "ServiceException"), *(error(400, code) for code in codes)]
    for answer in [*refusals, *NOT_THE_SERVICE_S.values()]:
        machine = a_machine(serving(answer).url)
        for run in (a_run(), evolve(a_run(), execution_reference="arn")):
            assert machine.observe(run).phase is ExecutionPhase.NO_ANSWER
            assert machine.stop(run, reason="test") is StopAnswer.UNCONFIRMED
        assert machine.stop_named("name", reason="test") is StopAnswer.UNCONFIRMED
        assert machine.open_executions(most=10, page=None) is None


def test_only_an_execution_that_does_not_exist_is_not_visible(serving: Serving) -> None:
    seen = a_machine(serving(error(400, "ExecutionDoesNotExist")).url).observe(a_run())
    assert (seen.phase, seen.cause) == (ExecutionPhase.NOT_VISIBLE, "ExecutionDoesNotExist")


def test_a_look_into_silence_has_no_answer() -> None:
    with SilentServer() as silent:
        for url in (f"http://127.0.0.1:{silent.port}", "http://127.0.0.1:1"):
            assert a_machine(url).observe(a_run()).phase is ExecutionPhase.NO_ANSWER


def test_an_execution_that_is_shown_without_its_input_is_nobody_s(serving: Serving) -> None:
    shown = {"executionArn": "arn", "stateMachineArn": "arn", "status": "SUCCEEDED", "startDate": 1_700_000_000}
    assert a_machine(serving(ok(**shown)).url).observe(a_run()).phase is ExecutionPhase.NO_ANSWER
    whole = a_machine(serving(ok(**shown, input=a_run().dispatch_input.decode())).url).observe(a_run())
    assert (whole.phase, whole.is_ours) == (ExecutionPhase.CLOSED, True)


def test_the_words_of_a_workflow_are_shown_without_what_could_forge_a_line(serving: Serving) -> None:
    shown = {"executionArn": "arn", "status": "FAILED", "startDate": 1_700_000_000, "input": "{}"}
    answer = ok(**shown, error="Calls\nFailed", cause="secret words of the workflow")
    assert a_machine(serving(answer).url).observe(a_run()).cause == "CallsFailed"


def test_a_confirmed_execution_that_is_not_found_is_not_believed_to_be_gone() -> None:
    """F50: its name is burned, and whatever has it then is stopped."""
    started = []

    def script(operation: str, asked: Any) -> Answer:
        if operation == "StartExecution":
            started.append(asked["input"])
            return error(400, "ExecutionAlreadyExists")
        return ok(stopDate=1_700_000_000) if started else error(400, "ExecutionDoesNotExist")

    service = ScriptedService(script)
    run = evolve(a_run(), execution_reference="arn")
    assert a_machine(service.url).stop(run, reason="test") is StopAnswer.CLOSED
    assert service.operations == ["StopExecution", "StartExecution", "StopExecution"]
    assert started == ['{"void":true}']
    service.close()


def test_what_is_listed_is_told_page_by_page() -> None:
    def script(operation: str, asked: Any) -> Answer:
        assert (operation, asked["statusFilter"], asked["maxResults"]) == ("ListExecutions", "RUNNING", 2)
        if asked.get("nextToken") == "expired":
            return error(400, "InvalidToken")
        return ok(executions=[{"name": "redriven"}], nextToken="more")

    service = ScriptedService(script)
    machine = a_machine(service.url)
    assert machine.open_executions(most=2, page=None) == OpenExecutions(names=["redriven"], next_page="more")
    assert machine.open_executions(most=2, page="expired") == OpenExecutions(names=(), next_page=None)
    service.close()


def test_a_taken_name_that_cannot_be_looked_at_is_unknown(serving: Serving) -> None:
    machine = a_machine(serving(error(400, "ExecutionAlreadyExists")).url)
    assert machine.dispatch(a_run()) == Unknown(cause="name_taken_and_not_visible")


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
    with pytest.raises(ValueError, match="stateMachine:NAME"):
        StepFunctionsDispatcher(state_machine_arn=arn, client=lazily("stepfunctions", "http://127.0.0.1:1"))


def test_a_published_event_is_sent_once_and_its_detail_cannot_take_the_campaign_s_name(serving: Serving) -> None:
    service = serving(error(500, "InternalException"))
    publisher = EventBridgePublisher(bus_name="bus", client=lazily("events", service.url))
    detail = {"campaignId": "forged", "at": "never", "runId": "r"}
    event = CampaignEvent(
        kind="campaign.started", campaign_id="c", campaign_type="sms", run_number=1, at=NOW, detail=detail
    )
    publisher.publish(event)
    ((operation, asked),) = service.asked
    told = json.loads(asked["Entries"][0]["Detail"])
    assert operation == "PutEvents"
    assert (told["campaignId"], told["at"], told["runId"]) == ("c", NOW.isoformat(), "r")
