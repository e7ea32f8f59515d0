"""Hands runs to a Step Functions state machine."""

import json
from typing import Any, Final

from attrs import define, field

from orchestrator_adapters.aws.call_outcome import failed_call
from orchestrator_adapters.aws.clients import LazyClient
from orchestrator_adapters.aws.expected_fields import require_fields
from orchestrator_adapters.aws.machine_type import MachineType
from orchestrator_adapters.aws.plain_codes import plain_code
from orchestrator_adapters.aws.shared_time import SharedTime
from orchestrator_adapters.aws.state_machine_arn import execution_arn, is_a_state_machine_arn
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


@define(kw_only=True, eq=False, repr=False)
class StepFunctionsDispatcher(Dispatcher, ExecutionControl):
    """Dispatcher and ExecutionControl over a STANDARD state machine.

    The name of an execution is its guard: StartExecution with a name that is taken starts nothing
    (https://docs.aws.amazon.com/step-functions/latest/apireference/API_StartExecution.html). EXPRESS machines have
    no such guard: each dispatch would be another execution, which nothing can stop. Their ARNs look alike, so the
    machine's type is asked for once, before the first dispatch (F54).

    Raises:
        ValueError: ``state_machine_arn`` is no ARN of a state machine without version or alias.
    """

    state_machine_arn: str = field(validator=is_a_state_machine_arn)
    client: LazyClient
    _machine_type: MachineType = field(init=False)

    def __attrs_post_init__(self) -> None:
        self._machine_type = MachineType(self.state_machine_arn)

    def dispatch(self, run: Run) -> DispatchAnswer:
        calls = SharedTime(self.client)
        objection = self._machine_type.objection(calls)
        if objection is not None:
            return objection
        try:
            reference = self._start(calls, run, run.dispatch_input.decode())
        except Exception as error:
            failed = failed_call(error)
            return self._look_at_the_name(calls, run) if failed.code == NAME_TAKEN else failed.answer
        return Accepted(reference=reference, state=RunState.RUNNING)

    def observe(self, run: Run) -> Observation:
        try:
            seen = self._describe(SharedTime(self.client), run)
        except Exception as error:
            code = failed_call(error).code
            phase = ExecutionPhase.NOT_VISIBLE if code == NOT_THERE else ExecutionPhase.NO_ANSWER
            return Observation(phase=phase, cause=code)
        outcome = OUTCOMES.get(seen["status"])
        return Observation(
            phase=ExecutionPhase.OPEN if outcome is None else ExecutionPhase.CLOSED,
            outcome=outcome,
            cause=plain_code(seen.get("error")),
            reference=seen["executionArn"],
            is_ours=_same_json(seen["input"], run.dispatch_input.decode()),
        )

    def stop(self, run: Run, *, reason: str) -> StopAnswer:
        calls = SharedTime(self.client)
        if run.dispatch_is_confirmed:
            return self._stop(calls, run, reason, burn_if_absent=True)
        return self._burn(calls, run, reason)

    def open_executions(self, *, most: int, page: str | None) -> OpenExecutions | None:
        asked = {"stateMachineArn": self.state_machine_arn, "statusFilter": "RUNNING", "maxResults": most}
        try:
            seen = self.client.get().list_executions(**asked, **({"nextToken": page} if page else {}))
            require_fields(seen, "executions")
            names = [str(one["name"]) for one in seen["executions"]]
        except Exception as error:
            if page is not None and failed_call(error).code == UNKNOWN_PAGE:
                return OpenExecutions(names=(), next_page=None)
            return None
        return OpenExecutions(names=names, next_page=seen.get("nextToken"))

    def stop_named(self, execution_name: str, *, reason: str) -> StopAnswer:
        try:
            self._stop_execution(
                SharedTime(self.client), execution_arn(self.state_machine_arn, execution_name), reason
            )
        except Exception:
            return StopAnswer.UNCONFIRMED
        return StopAnswer.CLOSED

    def _burn(self, calls: SharedTime, run: Run, reason: str) -> StopAnswer:
        """Take the name, so that a request that is still under way can start nothing under it (F49)."""
        try:
            self._start(calls, run, BURNED_INPUT)
        except Exception as error:
            if failed_call(error).code != NAME_TAKEN:
                return StopAnswer.UNCONFIRMED
        # Whatever has the name now must not go on: our own execution, or a burned one whose machine does not know
        # that it has nothing to do.
        return self._stop(calls, run, reason, burn_if_absent=False)

    def _stop(self, calls: SharedTime, run: Run, reason: str, *, burn_if_absent: bool) -> StopAnswer:
        try:
            self._stop_execution(calls, self._arn(run), reason)
        except Exception as error:
            # An execution that was confirmed and is not found is not believed to be gone (F50).
            absent = failed_call(error).code == NOT_THERE
            return self._burn(calls, run, reason) if absent and burn_if_absent else StopAnswer.UNCONFIRMED
        return StopAnswer.CLOSED

    def _stop_execution(self, calls: SharedTime, arn: str, reason: str) -> None:
        answer = calls.get().stop_execution(executionArn=arn, error="Stopped", cause=reason[:200])
        require_fields(answer, "stopDate")

    def _start(self, calls: SharedTime, run: Run, text: str) -> str:
        answer = calls.get().start_execution(
            stateMachineArn=self.state_machine_arn, name=run.execution_name, input=text
        )
        require_fields(answer, "executionArn")
        return str(answer["executionArn"])

    def _describe(self, calls: SharedTime, run: Run) -> Any:
        """The run's execution. Without its input nobody can tell whose it is: that is no answer."""
        seen = calls.get().describe_execution(executionArn=self._arn(run))
        require_fields(seen, "executionArn", "status", "input")
        return seen

    def _look_at_the_name(self, calls: SharedTime, run: Run) -> DispatchAnswer:
        """The name is taken: by an earlier attempt of this run, or by something else."""
        try:
            seen = self._describe(calls, run)
        except Exception:
            return Unknown(cause="name_taken_and_not_visible")
        if _same_json(seen["input"], run.dispatch_input.decode()):
            return Accepted(reference=seen["executionArn"], state=RunState.RUNNING)
        return Collision(cause="name_taken")

    def _arn(self, run: Run) -> str:
        return execution_arn(self.state_machine_arn, run.execution_name)


def _same_json(seen: str, wanted: str) -> bool:
    """Whether two inputs are the same JSON value; Step Functions may space it in its own way."""
    try:
        return bool(json.loads(seen) == json.loads(wanted))
    except (ValueError, RecursionError):
        return False
