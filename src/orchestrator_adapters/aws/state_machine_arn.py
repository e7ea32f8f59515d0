"""ARNs of state machines and of their executions."""

import re
from typing import Any, Final

STATE_MACHINE_ARN: Final = re.compile(
    r"arn:(aws[a-z-]*):states:([a-z0-9-]+):(\d{12}):stateMachine:([A-Za-z0-9_-]{1,80})"
)


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


def is_a_state_machine_arn(_: Any, __: Any, arn: str) -> None:
    """A validator for attrs: raises ValueError as ``execution_arn`` does."""
    execution_arn(arn, "any")
