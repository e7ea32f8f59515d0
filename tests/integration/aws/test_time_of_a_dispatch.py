"""All calls of one dispatch, and of one stop, share one time (budgets.DISPATCH_SECONDS)."""

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest
from attrs import define, evolve, field
from scripted_service import Answer, ScriptedService, a_machine, error, ok

from asking.runs import a_run
from orchestrator_adapters.aws.clients import CONNECT_SECONDS, READ_SECONDS
from orchestrator_domain import budgets
from orchestrator_domain.ports.dispatcher import Accepted, NoEffect, StopAnswer, Unknown

pytestmark = pytest.mark.usefixtures("each_client")

TYPE, START, LOOK, STOP = "DescribeStateMachine", "StartExecution", "DescribeExecution", "StopExecution"
STANDARD, STARTED, STOPPED = ok(type="STANDARD"), ok(executionArn="arn", startDate=1), ok(stopDate=1)
TAKEN, NOT_THERE = error(400, "ExecutionAlreadyExists"), error(400, "ExecutionDoesNotExist")
OURS = ok(executionArn="arn", status="RUNNING", startDate=1, input=a_run().dispatch_input.decode())
NOT_SEEN = Unknown(cause="name_taken_and_not_visible")
SLACK_SECONDS = 0.6
CONFIRMED = evolve(a_run(), execution_reference="arn")


@define
class Script:
    """What a service answers, and how long each answer takes: on the clock of the test, or in truth.

    Attributes:
        hanging: the operation that is not answered before the test is over.
    """

    answers: Mapping[str, Answer]
    takes: Mapping[str, float]
    wait: Callable[[float], object] = time.sleep
    hanging: str | None = None
    over: threading.Event = field(factory=threading.Event)

    def __call__(self, operation: str, _: Any) -> Answer:
        self.wait(self.takes.get(operation, 0.0))
        if operation == self.hanging:
            self.over.wait()
        return self.answers[operation]


Serving = Callable[..., ScriptedService]


@pytest.fixture
def serving() -> Iterator[Serving]:
    """Starts a service that plays a script."""
    started: list[tuple[Script, ScriptedService]] = []

    def start(answers: Mapping[str, Answer], takes: Mapping[str, float], **more: Any) -> ScriptedService:
        script = Script(answers, takes, **more)
        started.append((script, ScriptedService(script)))
        return started[-1][1]

    yield start
    for script, service in started:
        script.over.set()
        service.close()


@pytest.fixture
def passing(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    """Lets time pass, of which a dispatch has only so much."""
    now = [1_000.0]
    monkeypatch.setattr("orchestrator_adapters.aws.shared_time.monotonic", lambda: now[0])

    def let_pass(seconds: float) -> None:
        now[0] += seconds

    return let_pass


@pytest.mark.parametrize(
    ("is_known", "answers", "slow", "hanging", "wanted"),
    [
        (False, {TYPE: STANDARD, START: STARTED}, TYPE, START, Unknown(cause="no_answer")),
        (True, {START: TAKEN, LOOK: OURS}, START, LOOK, NOT_SEEN),
    ],
)
def test_a_call_that_hangs_after_a_slow_one_has_the_rest_of_the_time(
    serving: Serving, is_known: bool, answers: dict[str, Answer], slow: str, hanging: str, wanted: Unknown
) -> None:
    service = serving(answers, {slow: 2.0}, hanging=hanging)
    machine = a_machine(service.url, is_known=is_known)
    machine.client.get()
    began = time.monotonic()
    assert machine.dispatch(a_run()) == wanted
    assert time.monotonic() - began < budgets.DISPATCH_SECONDS + SLACK_SECONDS
    assert service.operations == [slow, hanging]


def test_a_stop_that_burns_a_name_has_one_time_too(serving: Serving) -> None:
    service = serving({STOP: NOT_THERE, START: STARTED}, {STOP: 2.0}, hanging=START)
    machine = a_machine(service.url)
    machine.client.get()
    began = time.monotonic()
    assert machine.stop(CONFIRMED, reason="test") is StopAnswer.UNCONFIRMED
    assert time.monotonic() - began < budgets.DISPATCH_SECONDS + SLACK_SECONDS


@pytest.mark.parametrize(
    ("takes", "wanted", "asked"),
    [
        ({TYPE: 3.1}, NoEffect(cause="no_time_left"), [TYPE]),
        ({TYPE: 3.0}, NOT_SEEN, [TYPE, START]),
        ({TYPE: 2.0, START: 1.1}, NOT_SEEN, [TYPE, START]),
        ({TYPE: 1.0, START: 1.0}, Accepted, [TYPE, START, LOOK]),
    ],
    ids=str,
)
def test_a_call_without_enough_time_is_not_made(
    serving: Serving, passing: Any, takes: dict[str, float], wanted: Any, asked: list[str]
) -> None:
    """What was not sent has had no effect; a name that is taken and was not looked at may be this run's own."""
    answers = {TYPE: STANDARD, START: TAKEN, LOOK: OURS}
    service = serving(answers, {START: 0.1, **takes}, wait=passing)
    answer = a_machine(service.url, is_known=False).dispatch(a_run())
    assert isinstance(answer, Accepted) if wanted is Accepted else answer == wanted
    assert service.operations == asked


@pytest.mark.parametrize(
    ("takes", "wanted", "asked"),
    [
        ({STOP: 1.0, START: 2.1}, StopAnswer.UNCONFIRMED, [STOP, START]),
        ({STOP: 3.1}, StopAnswer.UNCONFIRMED, [STOP]),
    ],
    ids=str,
)
def test_a_stop_without_enough_time_is_not_confirmed(
    serving: Serving, passing: Any, takes: dict[str, float], wanted: StopAnswer, asked: list[str]
) -> None:
    service = serving({STOP: NOT_THERE, START: TAKEN}, takes, wait=passing)
    assert a_machine(service.url).stop(CONFIRMED, reason="test") is wanted
    assert service.operations == asked


def test_each_dispatch_has_a_time_of_its_own(serving: Serving, passing: Any) -> None:
    service = serving({START: STARTED}, {START: 3.1}, wait=passing)
    machine = a_machine(service.url)
    for _ in range(3):
        assert isinstance(machine.dispatch(a_run()), Accepted)


def test_calls_of_one_dispatch_share_a_connection(serving: Serving, each_client: str) -> None:
    service = serving({TYPE: STANDARD, START: TAKEN, LOOK: OURS}, {})
    machine = a_machine(service.url, is_known=False)
    for _ in range(2):
        assert isinstance(machine.dispatch(a_run()), Accepted)
    # The library's client cannot be given less time: another one is made for a call that has less.
    assert service.connections == (1 if each_client == "direct" else 4)


def test_one_call_takes_no_more_than_a_dispatch_has() -> None:
    assert CONNECT_SECONDS + READ_SECONDS == budgets.DISPATCH_SECONDS
