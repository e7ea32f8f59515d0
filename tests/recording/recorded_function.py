"""A function in a process of its own: ``python -m recording.recorded_function HANDLER``, with its variables.

Each line of the standard input is an event with its request id and seconds; each line of the output the answer, and
the calls of AWS that were made for it. Connect is not in LocalStack: what it would answer is in here.
"""

import json
import os
import sys
from datetime import UTC, datetime
from importlib import import_module
from typing import Any

from attrs import define, frozen


@frozen(kw_only=True)
class Context:
    """What the handlers use of Lambda's context."""

    aws_request_id: str
    seconds: float

    def get_remaining_time_in_millis(self) -> int:
        return int(self.seconds * 1000)


@define
class Connect:
    """Amazon Connect: each call is answered at once, and goes on until it is stopped."""

    is_stopped: bool = False

    def answer(self, operation: str) -> dict[str, Any]:
        if operation == "StartOutboundVoiceContact":
            return {"ContactId": "a-contact"}
        self.is_stopped = self.is_stopped or operation == "StopContact"
        ended = {"DisconnectTimestamp": datetime.now(UTC)} if self.is_stopped else {}
        return {"Contact": {"ConnectedToSystemTimestamp": datetime.now(UTC), **ended}}


def record_calls() -> list[dict[str, Any]]:
    """Every call of every client from now on, whoever makes it: botocore's, and those that ask directly."""
    from botocore import client as botocore_client

    from orchestrator_adapters.aws.direct_client import DirectClient

    every_client: Any = botocore_client.BaseClient
    every_direct_client: Any = DirectClient
    calls: list[dict[str, Any]] = []
    connect, make, ask = Connect(), every_client._make_api_call, every_direct_client.call

    def note(service: str, operation: str, parameters: dict[str, Any]) -> None:
        named = {name: value for name, value in parameters.items() if isinstance(value, str)}
        calls.append({"service": service, "operation": operation, "parameters": named})

    def made(client: Any, operation: str, parameters: dict[str, Any]) -> Any:
        service = client.meta.service_model.service_name
        note(service, operation, parameters)
        return connect.answer(operation) if service == "connect" else make(client, operation, parameters)

    def asked(client: Any, operation: str, parameters: dict[str, Any]) -> Any:
        note(client.service, operation, parameters)
        return ask(client, operation, parameters)

    every_client._make_api_call, every_direct_client.call = made, asked
    return calls


def main(handler: str) -> None:
    """Answer events until there are no more."""
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what handlers print is their log
    calls = record_calls()
    module, _, name = handler.rpartition(".")
    handle = getattr(import_module(module), name)
    for line in sys.stdin:
        asked = json.loads(line)
        calls.clear()
        context = Context(aws_request_id=asked["requestId"], seconds=asked["seconds"])
        try:
            answer = handle(asked["event"], context)
        except Exception as error:
            answer = {"failed": repr(error)}
        print(json.dumps({"answer": answer, "calls": calls}, default=str), file=answers, flush=True)


if __name__ == "__main__":
    main(sys.argv[1])
