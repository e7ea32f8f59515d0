"""Lambda functions as processes: what AWS promises of an invocation, for the functions of our LocalStack."""

import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from serving.functions import make_function
from serving.servers import AwsServer

SOURCE = """
import os, time
COUNT = 0
def handler(event, context):
    global COUNT
    COUNT += 1
    if event.get("fail"): raise ValueError("boom")
    if event.get("exit"): os._exit(3)
    if event.get("signal"): os.kill(os.getpid(), event["signal"])
    if event.get("large"): return "x" * 7_000_000
    time.sleep(event.get("sleep", 0))
    return {"pid": os.getpid(), "count": COUNT, "left": context.get_remaining_time_in_millis()}
"""


class Function:
    def __init__(self, server: AwsServer) -> None:
        make_function(server, "executed", SOURCE, timeout=2)
        self._client = server.client("lambda")

    def call(self, **event: Any) -> Any:
        return json.load(self._client.invoke(FunctionName="executed", Payload=json.dumps(event))["Payload"])


@pytest.fixture(scope="module")
def function(aws_server: AwsServer) -> Function:
    return Function(aws_server)


def test_a_warm_process_is_used_again(function: Function) -> None:
    first, second = function.call(), function.call()
    assert first["pid"] == second["pid"]
    assert second["count"] == first["count"] + 1
    assert 0 < second["left"] <= 2_000


def test_an_error_is_reported_and_the_process_goes_on(function: Function) -> None:
    before = function.call()["pid"]
    failed = function.call(fail=1)
    assert (failed["errorType"], failed["errorMessage"]) == ("ValueError", "boom")
    assert function.call()["pid"] == before


def test_a_process_that_takes_too_long_is_replaced(function: Function) -> None:
    before = function.call()["pid"]
    assert "timed out after 2.00 seconds" in function.call(sleep=10)["errorMessage"]
    assert function.call()["pid"] != before


@pytest.mark.parametrize(("event", "how"), [({"exit": 1}, "exit status 3"), ({"signal": 9}, "signal: SIGKILL")])
def test_a_process_that_dies_is_replaced(function: Function, event: dict[str, int], how: str) -> None:
    assert how in function.call(**event)["errorMessage"]
    assert function.call()["count"] == 1


def test_an_answer_that_is_too_large_is_refused(function: Function) -> None:
    assert function.call(large=1)["errorType"] == "Function.ResponseSizeTooLarge"


def test_concurrent_invocations_have_processes_of_their_own(function: Function) -> None:
    with ThreadPoolExecutor(3) as threads:
        pids = {answer["pid"] for answer in threads.map(lambda _: function.call(sleep=1), range(3))}
    assert len(pids) == 3
