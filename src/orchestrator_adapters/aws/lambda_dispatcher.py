"""Hands runs to a Lambda function, invoked asynchronously."""

from collections.abc import Mapping
from contextlib import suppress
from typing import Any, Final

from attrs import frozen

from orchestrator_adapters.aws.call_outcome import failed_call
from orchestrator_adapters.aws.clients import LazyClient
from orchestrator_domain.ports.dispatcher import Accepted, DispatchAnswer, Dispatcher, Unknown
from orchestrator_domain.run import Run, RunState

QUEUED: Final = 202


@frozen(kw_only=True, eq=False, repr=False)
class LambdaDispatcher(Dispatcher):
    """Dispatcher over a function's event queue.

    202 says that the event is queued, no more: it may be delivered late, twice, or never
    (https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html). So the run is DISPATCHED,
    and RUNNING once the function has claimed it.

    Attributes:
        function_name: a name, a name with an alias, or an ARN.
    """

    function_name: str
    client: LazyClient

    def dispatch(self, run: Run) -> DispatchAnswer:
        try:
            answer = self.client.get().invoke(
                FunctionName=self.function_name, InvocationType="Event", Payload=_payload(run)
            )
        except Exception as error:
            return failed_call(error).answer
        _read_to_the_end(answer)
        if answer.get("StatusCode") != QUEUED:
            return Unknown(cause="unexpected_answer")
        request_id = answer.get("ResponseMetadata", {}).get("RequestId")
        return Accepted(reference=request_id or f"{run.execution_name}/{run.attempts}", state=RunState.DISPATCHED)


def _read_to_the_end(answer: Mapping[str, Any]) -> None:
    """The body is empty; but until it has been read, its connection serves no other request."""
    with suppress(Exception):
        answer["Payload"].read()


def _payload(run: Run) -> bytes:
    """The stored input, to the byte, with the number of the attempt before its first field."""
    return b'{"attempt":%d,' % run.attempts + run.dispatch_input.lstrip()[1:].lstrip()
