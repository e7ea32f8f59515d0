"""Dispatcher and ExecutionControl, promise by promise: in memory, Step Functions, Lambda's event queue."""

import json
import time
from collections.abc import Callable
from typing import Any, Protocol

import pytest
from attrs import evolve

from asking.runs import a_run
from asking.voice_machine import a_state_machine
from orchestrator_adapters.aws.clients import AwsSettings, LazyClient, make_client
from orchestrator_adapters.aws.lambda_dispatcher import LambdaDispatcher
from orchestrator_adapters.aws.step_functions_dispatcher import StepFunctionsDispatcher
from orchestrator_adapters.memory.dispatcher import InMemoryExecutions, InMemoryMessages
from orchestrator_domain.ports.dispatcher import (
    Accepted,
    Collision,
    Dispatcher,
    ExecutionControl,
    ExecutionPhase,
    Observation,
    StopAnswer,
)
from orchestrator_domain.run import Run, RunOutcome, RunState
from serving.functions import a_queueing_function
from serving.servers import AwsServer, direct_client


class Executing(Dispatcher, ExecutionControl, Protocol):
    """A dispatcher whose executions can be looked at and stopped."""


@pytest.fixture
def memory_executions() -> Executing:
    return InMemoryExecutions()


@pytest.fixture
def step_functions(aws_server: AwsServer) -> Executing:
    client = LazyClient(lambda: aws_server.client("stepfunctions"))
    return StepFunctionsDispatcher(state_machine_arn=a_state_machine(aws_server), client=client)


@pytest.fixture
def step_functions_directly(aws_server: AwsServer) -> Executing:
    client = LazyClient(lambda: direct_client(aws_server, "stepfunctions"))
    return StepFunctionsDispatcher(state_machine_arn=a_state_machine(aws_server), client=client)


@pytest.fixture(params=["memory_executions", "step_functions", "step_functions_directly"])
def executions(request: pytest.FixtureRequest) -> Executing:
    chosen: Executing = request.getfixturevalue(request.param)
    return chosen


@pytest.fixture(params=["in memory", "of the library", "direct"])
def away(request: pytest.FixtureRequest) -> Executing:
    """A dispatcher that cannot be asked."""
    if request.param == "in memory":
        return InMemoryExecutions(away=True)
    settings = AwsSettings(region="us-east-1", endpoint_url="http://127.0.0.1:1")
    server = AwsServer(
        endpoint_url="http://127.0.0.1:1", region="us-east-1", client=lambda name: make_client(name, settings)
    )
    direct = request.param == "direct"
    client = LazyClient(
        lambda: direct_client(server, "stepfunctions") if direct else server.client("stepfunctions")
    )
    arn = "arn:aws:states:us-east-1:000000000000:stateMachine:voice"
    return StepFunctionsDispatcher(state_machine_arn=arn, client=client)


@pytest.fixture
def memory_messages() -> Dispatcher:
    return InMemoryMessages()


@pytest.fixture
def lambda_queue(aws_server: AwsServer) -> Dispatcher:
    client = LazyClient(lambda: aws_server.client("lambda"))
    return LambdaDispatcher(function_name=a_queueing_function(aws_server), client=client)


@pytest.fixture
def lambda_queue_directly(aws_server: AwsServer) -> Dispatcher:
    client = LazyClient(lambda: direct_client(aws_server, "lambda"))
    return LambdaDispatcher(function_name=a_queueing_function(aws_server), client=client)


ALL = (
    "memory_executions", "step_functions", "step_functions_directly", "memory_messages", "lambda_queue",
    "lambda_queue_directly",
)  # fmt: skip


@pytest.fixture(params=ALL)
def dispatcher(request: pytest.FixtureRequest) -> Dispatcher:
    chosen: Dispatcher = request.getfixturevalue(request.param)
    return chosen


def taken(dispatcher: Dispatcher, run: Run) -> Run:
    answer = dispatcher.dispatch(run)
    assert isinstance(answer, Accepted), answer
    return evolve(run, execution_reference=answer.reference, state=answer.state)


def seen_until(executions: Executing, run: Run, wanted: Callable[[Observation], bool]) -> Observation:
    give_up = time.monotonic() + 30
    while not wanted(seen := executions.observe(run)):
        assert time.monotonic() < give_up, f"still {seen}"
        time.sleep(0.05)
    return seen


def is_closed(seen: Observation) -> bool:
    return seen.phase is ExecutionPhase.CLOSED


def test_a_run_is_taken(dispatcher: Dispatcher) -> None:
    answer = dispatcher.dispatch(a_run())
    assert isinstance(answer, Accepted)
    assert answer.reference
    has_executions = isinstance(dispatcher, ExecutionControl)
    assert answer.state is (RunState.RUNNING if has_executions else RunState.DISPATCHED)


def test_dispatching_again_makes_no_second_execution(executions: Executing) -> None:
    run = a_run()
    first, second = executions.dispatch(run), executions.dispatch(evolve(run, attempts=2))
    assert first == second
    assert isinstance(first, Accepted)


def test_an_execution_is_adopted_after_it_has_closed(executions: Executing) -> None:
    run = taken(executions, a_run())
    executions.stop(run, reason="test")
    seen_until(executions, run, is_closed)
    answer = executions.dispatch(evolve(run, attempts=2))
    assert isinstance(answer, Accepted)
    assert answer.reference == run.execution_reference


def test_a_name_with_another_input_is_a_collision(executions: Executing) -> None:
    run = taken(executions, a_run())
    assert isinstance(executions.dispatch(evolve(run, dispatch_input=b'{"foreign":1}')), Collision)


def test_an_open_execution_is_seen(executions: Executing) -> None:
    run = taken(executions, a_run())
    seen = executions.observe(run)
    assert (seen.phase, seen.outcome, seen.is_ours) == (ExecutionPhase.OPEN, None, True)
    assert seen.reference == run.execution_reference


def test_an_execution_that_was_never_started_is_not_visible(executions: Executing) -> None:
    seen = executions.observe(a_run())
    assert (seen.phase, seen.reference) == (ExecutionPhase.NOT_VISIBLE, None)


def test_of_a_dispatcher_that_cannot_be_asked_nothing_is_known(away: Executing) -> None:
    seen = away.observe(a_run())
    assert (seen.phase, seen.reference) == (ExecutionPhase.NO_ANSWER, None)
    assert away.stop(a_run(), reason="test") is StopAnswer.UNCONFIRMED
    assert away.open_executions(most=1, page=None) is None


def test_a_stopped_execution_is_aborted(executions: Executing) -> None:
    run = taken(executions, a_run())
    assert executions.stop(run, reason="test") is StopAnswer.CLOSED
    assert seen_until(executions, run, is_closed).outcome is RunOutcome.ABORTED


def test_stopping_a_closed_execution_is_closed(executions: Executing) -> None:
    run = taken(executions, a_run())
    executions.stop(run, reason="test")
    seen_until(executions, run, is_closed)
    assert executions.stop(run, reason="test") is StopAnswer.CLOSED


def test_a_burned_name_can_never_start(executions: Executing) -> None:
    run = a_run()
    assert executions.stop(run, reason="test") is StopAnswer.CLOSED
    assert isinstance(executions.dispatch(run), Collision)
    seen = seen_until(executions, run, is_closed)
    assert not seen.is_ours


def test_burning_the_name_of_an_execution_that_exists_stops_it(executions: Executing) -> None:
    run = a_run()
    taken(executions, run)
    assert executions.stop(run, reason="the dispatch was never confirmed") is StopAnswer.CLOSED
    assert seen_until(executions, run, is_closed).outcome is RunOutcome.ABORTED


def open_until(executions: Executing, wanted: Callable[[list[str]], bool]) -> list[str]:
    """The names of all open executions, page by page, once they are as wanted: what is shown may be behind."""
    give_up = time.monotonic() + 30
    while not wanted(names := all_open(executions)):
        assert time.monotonic() < give_up, f"still {names}"
        time.sleep(0.05)
    return names


def all_open(executions: Executing) -> list[str]:
    names: list[str] = []
    page: str | None = None
    while True:
        seen = executions.open_executions(most=2, page=page)
        assert seen is not None
        assert len(seen.names) <= 2
        names += seen.names
        page = seen.next_page
        if page is None:
            return names


def test_open_executions_are_shown_page_by_page_and_closed_ones_are_not(executions: Executing) -> None:
    runs = [taken(executions, a_run()) for _ in range(5)]
    wanted = {run.execution_name for run in runs}
    names = open_until(executions, lambda names: wanted <= set(names))
    assert len(names) == len(set(names))
    executions.stop(runs[0], reason="test")
    open_until(executions, lambda names: runs[0].execution_name not in names)


def test_a_page_that_is_not_known_any_more_begins_anew(executions: Executing) -> None:
    taken(executions, a_run())
    assert executions.open_executions(most=2, page="~forgotten") is not None


def test_an_execution_is_stopped_by_its_name(executions: Executing) -> None:
    run = taken(executions, a_run())
    assert executions.stop_named(run.execution_name, reason="test") is StopAnswer.CLOSED
    assert seen_until(executions, run, is_closed).outcome is RunOutcome.ABORTED


def test_a_name_that_is_not_shown_is_neither_stopped_nor_burned(executions: Executing) -> None:
    run = a_run()
    assert executions.stop_named(run.execution_name, reason="test") is StopAnswer.UNCONFIRMED
    assert isinstance(executions.dispatch(run), Accepted)


@pytest.mark.parametrize("kind", ["of the library", "direct"])
def test_an_execution_that_ends_by_itself_has_its_outcome(aws_server: AwsServer, kind: str) -> None:
    service = "stepfunctions"
    client = LazyClient(
        lambda: direct_client(aws_server, service) if kind == "direct" else aws_server.client(service)
    )
    machine = StepFunctionsDispatcher(state_machine_arn=a_state_machine(aws_server), client=client)
    wanted: list[tuple[dict[str, Any], RunOutcome, str | None]] = [
        ({"config": {"callSeconds": 0}}, RunOutcome.SUCCEEDED, None),
        ({"config": {"callSeconds": 0, "fail": True}}, RunOutcome.FAILED, "CallsFailed"),
        ({"config": {}}, RunOutcome.FAILED, "InvalidCampaign"),
    ]
    for document, outcome, cause in wanted:
        run = taken(machine, a_run(document=document))
        seen = seen_until(machine, run, is_closed)
        assert (seen.outcome, seen.cause) == (outcome, cause)


@pytest.mark.parametrize("queue", ["lambda_queue", "lambda_queue_directly"])
def test_the_function_is_given_the_stored_input_and_the_attempt(
    aws_server: AwsServer, queue: str, request: pytest.FixtureRequest
) -> None:
    from serving.functions import received_by

    text = f"gr\u00fc\u00df by {queue}"
    run = a_run(document={"campaignId": "c", "text": text}, attempts=3)
    taken(request.getfixturevalue(queue), run)
    (payload,) = received_by(aws_server, lambda found: found.get("text") == text)
    assert payload == {"attempt": 3, **json.loads(run.dispatch_input)}
