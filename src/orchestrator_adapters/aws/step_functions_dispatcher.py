"""Hands runs to a Step Functions state machine."""

import json
import re
from typing import Any, Final

from attrs import frozen

from orchestrator_adapters.aws.call_outcome import failed_call
from orchestrator_adapters.aws.clients import LazyClient
from orchestrator_domain.ports.dispatcher import (
    Accepted,
    Collision,
    DispatchAnswer,
    Dispatcher,
    ExecutionControl,
    ExecutionPhase,
    Observation,
    OpenExecutions,
    StopAnswer,
    Unknown,
)
from orchestrator_domain.run import Run, RunOutcome, RunState

STATE_MACHINE_ARN: Final = re.compile(
    r"arn:(aws[a-z-]*):states:([a-z0-9-]+):(\d{12}):stateMachine:([A-Za-z0-9_-]{1,80})"
)
BURNED_INPUT: Final = '{"void":true}'
NAME_TAKEN: Final = "ExecutionAlreadyExists"
NOT_THERE: Final = "ExecutionDoesNotExist"
UNKNOWN_PAGE: Final = "InvalidToken"

OUTCOMES: Final = {
    "SUCCEEDED": RunOutcome.SUCCEEDED,
    "FAILED": RunOutcome.FAILED,
    "TIMED_OUT": RunOutcome.TIMED_OUT,
    "ABORTED": RunOutcome.ABORTED,
}
"""The statuses of a closed execution. RUNNING and PENDING_REDRIVE are open."""


def execution_arn(state_machine_arn: str, execution_name: str) -> str:
    """The ARN of an execution, computed from its name.

    Raises:
        ValueError: ``state_machine_arn`` is no ARN of a state machine without version or alias.
    """
    matched = STATE_MACHINE_ARN.fullmatch(state_machine_arn)
    if matched is None:
        raise ValueError(
            "the state machine's ARN must look like arn:aws:states:REGION:ACCOUNT:stateMachine:NAME, "
            f"not {state_machine_arn[:120]!a}"
        )
    partition, region, account, name = matched.groups()
    return f"arn:{partition}:states:{region}:{account}:execution:{name}:{execution_name}"


@frozen(kw_only=True)
class StepFunctionsDispatcher(Dispatcher, ExecutionControl):
    """Dispatcher and ExecutionControl over a STANDARD state machine.

    The name of an execution is its guard: StartExecution with a name that is taken starts nothing
    (https://docs.aws.amazon.com/step-functions/latest/apireference/API_StartExecution.html). EXPRESS machines have
    no such guard and must not be used.
    """

    state_machine_arn: str
    client: LazyClient

    def dispatch(self, run: Run) -> DispatchAnswer:
        text = run.dispatch_input.decode()
        try:
            answer = self._start(run, text)
        except Exception as error:
            failed = failed_call(error)
            return self._look_at_the_name(run, text) if failed.code == NAME_TAKEN else failed.answer
        return Accepted(reference=answer["executionArn"], state=RunState.RUNNING)

    def observe(self, run: Run) -> Observation:
        try:
            seen = self.client.get().describe_execution(executionArn=self._arn(run))
        except Exception as error:
            return Observation(phase=ExecutionPhase.NOT_VISIBLE, cause=failed_call(error).code)
        outcome = OUTCOMES.get(seen["status"])
        return Observation(
            phase=ExecutionPhase.OPEN if outcome is None else ExecutionPhase.CLOSED,
            outcome=outcome,
            cause=_plain(seen.get("error")),
            reference=seen["executionArn"],
            is_ours=_same_json(seen.get("input"), run.dispatch_input.decode()),
        )

    def stop(self, run: Run, *, reason: str) -> StopAnswer:
        if run.dispatch_is_confirmed:
            return self._stop(run, reason, burn_if_absent=True)
        return self._burn(run, reason)

    def open_executions(self, *, most: int, page: str | None) -> OpenExecutions | None:
        asked = {"stateMachineArn": self.state_machine_arn, "statusFilter": "RUNNING", "maxResults": most}
        try:
            seen = self.client.get().list_executions(**asked, **({"nextToken": page} if page else {}))
            names = [one["name"] for one in seen["executions"]]
        except Exception as error:
            if page is not None and failed_call(error).code == UNKNOWN_PAGE:
                return OpenExecutions(names=(), next_page=None)
            return None
        return OpenExecutions(names=names, next_page=seen.get("nextToken"))

    def stop_named(self, execution_name: str, *, reason: str) -> StopAnswer:
        arn = execution_arn(self.state_machine_arn, execution_name)
        try:
            self.client.get().stop_execution(executionArn=arn, error="Stopped", cause=reason[:200])
        except Exception:
            return StopAnswer.UNCONFIRMED
        return StopAnswer.CLOSED

    def _burn(self, run: Run, reason: str) -> StopAnswer:
        """Take the name, so that a request that is still under way can start nothing under it (F49)."""
        try:
            self._start(run, BURNED_INPUT)
        except Exception as error:
            if failed_call(error).code != NAME_TAKEN:
                return StopAnswer.UNCONFIRMED
        # Whatever has the name now must not go on: our own execution, or a burned one whose machine does not know
        # that it has nothing to do.
        return self._stop(run, reason, burn_if_absent=False)

    def _stop(self, run: Run, reason: str, *, burn_if_absent: bool) -> StopAnswer:
        try:
            self.client.get().stop_execution(executionArn=self._arn(run), error="Stopped", cause=reason[:200])
        except Exception as error:
            # An execution that was confirmed and is not found is not believed to be gone (F50).
            absent = failed_call(error).code == NOT_THERE
            return self._burn(run, reason) if absent and burn_if_absent else StopAnswer.UNCONFIRMED
        return StopAnswer.CLOSED

    def _start(self, run: Run, text: str) -> Any:
        return self.client.get().start_execution(
            stateMachineArn=self.state_machine_arn, name=run.execution_name, input=text
        )

    def _look_at_the_name(self, run: Run, text: str) -> DispatchAnswer:
        """The name is taken: by an earlier attempt of this run, or by something else."""
        try:
            seen = self.client.get().describe_execution(executionArn=self._arn(run))
        except Exception:
            return Unknown(cause="name_taken_and_not_visible")
        if _same_json(seen.get("input"), text):
            return Accepted(reference=seen["executionArn"], state=RunState.RUNNING)
        return Collision(cause="name_taken")

    def _arn(self, run: Run) -> str:
        return execution_arn(self.state_machine_arn, run.execution_name)


def _same_json(seen: str | None, wanted: str) -> bool:
    """Whether two inputs are the same JSON value; Step Functions may space it in its own way."""
    try:
        return seen is not None and bool(json.loads(seen) == json.loads(wanted))
    except ValueError:
        return False


def _plain(code: str | None) -> str | None:
    return "".join(c for c in code if c.isalnum() or c in "._-")[:80] or None if code else None
