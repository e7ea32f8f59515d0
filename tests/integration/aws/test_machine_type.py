"""An EXPRESS machine has no names that guard its executions, so nothing is ever sent to one (F54)."""

import json
from typing import Any

import pytest
from scripted_service import Answer, ScriptedService, a_machine, error, lazily, ok

from asking.runs import a_run
from campaign_orchestrator.local.deployment import ROLE
from network.silent_server import SilentServer
from orchestrator_adapters.aws.clients import LazyClient
from orchestrator_adapters.aws.step_functions_dispatcher import StepFunctionsDispatcher
from orchestrator_domain.ports.dispatcher import Accepted, NoEffect, Refused
from serving.servers import AwsServer

pytestmark = pytest.mark.usefixtures("each_client")

STARTED = ok(executionArn="arn", startDate=1_700_000_000)


def script_of(described: Answer) -> Any:
    return lambda operation, _: described if operation == "DescribeStateMachine" else STARTED


def test_an_express_machine_of_the_real_service_is_refused(aws_server: AwsServer) -> None:
    client = aws_server.client("stepfunctions")
    definition = json.dumps({"StartAt": "Done", "States": {"Done": {"Type": "Succeed"}}})
    made = client.create_state_machine(name="express", type="EXPRESS", definition=definition, roleArn=ROLE)
    machine = StepFunctionsDispatcher(state_machine_arn=made["stateMachineArn"], client=LazyClient(lambda: client))
    assert machine.dispatch(a_run()) == Refused(cause="not_a_standard_state_machine", transient=False)


def test_the_type_is_asked_for_once() -> None:
    service = ScriptedService(script_of(ok(type="STANDARD")))
    machine = a_machine(service.url, is_known=False)
    for _ in range(3):
        assert isinstance(machine.dispatch(a_run()), Accepted)
    assert service.operations == ["DescribeStateMachine", *["StartExecution"] * 3]
    service.close()


def test_without_the_right_to_look_it_is_left_open_and_not_asked_again() -> None:
    service = ScriptedService(script_of(error(400, "AccessDeniedException")))
    machine = a_machine(service.url, is_known=False)
    for _ in range(2):
        assert isinstance(machine.dispatch(a_run()), Accepted)
    assert service.operations == ["DescribeStateMachine", "StartExecution", "StartExecution"]
    service.close()


@pytest.mark.parametrize("code", ["ThrottlingException", "ExpiredTokenException", "InvalidSignatureException"])
def test_what_may_be_over_the_next_time_leaves_it_open_and_is_asked_again(code: str) -> None:
    service = ScriptedService(script_of(error(400, code)))
    machine = a_machine(service.url, is_known=False)
    for _ in range(2):
        assert isinstance(machine.dispatch(a_run()), Accepted)
    assert service.operations == ["DescribeStateMachine", "StartExecution"] * 2
    service.close()


@pytest.mark.parametrize("described", [error(500, "ServiceException"), Answer(body=b"<html>"), ok(name="voice")])
def test_without_an_answer_nothing_is_sent_which_is_certain(described: Answer) -> None:
    service = ScriptedService(script_of(described))
    assert isinstance(a_machine(service.url, is_known=False).dispatch(a_run()), NoEffect)
    assert service.operations == ["DescribeStateMachine"]
    service.close()


def test_a_service_that_hangs_is_asked_once() -> None:
    with SilentServer() as silent:
        machine = StepFunctionsDispatcher(
            state_machine_arn="arn:aws:states:us-east-1:000000000000:stateMachine:voice",
            client=lazily("stepfunctions", f"http://127.0.0.1:{silent.port}"),
        )
        assert machine.dispatch(a_run()) == NoEffect(cause="no_answer")
        assert silent.received.count(b"POST ") == 1
