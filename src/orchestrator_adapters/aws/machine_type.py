"""Whether a state machine is one whose executions have names that guard them."""

from typing import Final

from attrs import define, field

from orchestrator_adapters.aws.call_outcome import failed_call
from orchestrator_adapters.aws.expected_fields import require_fields
from orchestrator_adapters.aws.shared_time import SharedTime
from orchestrator_domain.ports.dispatcher import DispatchAnswer, NoEffect, Refused

STANDARD: Final = "STANDARD"
NO_RIGHT: Final = "AccessDeniedException"


@define(eq=False, repr=False)
class MachineType:
    """Asks for the type of a state machine, once; ARNs of EXPRESS machines look like any other (F54)."""

    state_machine_arn: str
    _is_settled: bool = field(default=False, init=False)

    def objection(self, calls: SharedTime) -> DispatchAnswer | None:
        """Why nothing may be sent to the machine; None when it is STANDARD, or when AWS will not tell.

        Without an answer no dispatch would get one either, and now it is still certain that nothing was sent.
        """
        if self._is_settled:
            return None
        try:
            machine = calls.get().describe_state_machine(
                stateMachineArn=self.state_machine_arn, includedData="METADATA_ONLY"
            )
            require_fields(machine, "type")
        except Exception as error:
            failed = failed_call(error)
            if not isinstance(failed.answer, Refused):
                return NoEffect(cause=failed.answer.cause)
            # Without the right to look it stays open. Any other refusal (throttling, credentials that have expired)
            # may be over the next time.
            self._is_settled = failed.code == NO_RIGHT
            return None
        if machine["type"] != STANDARD:
            return Refused(cause="not_a_standard_state_machine", transient=False)
        self._is_settled = True
        return None
