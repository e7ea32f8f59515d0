"""How long a Lambda invocation may still take."""

from typing import Protocol

from attrs import frozen

from orchestrator_domain.ports.deadline import Deadline


class LambdaContext(Protocol):
    """What is used of Lambda's context object."""

    aws_request_id: str

    def get_remaining_time_in_millis(self) -> int:
        """Milliseconds until the invocation is ended."""


@frozen(eq=False, repr=False)
class InvocationDeadline(Deadline):
    """The end of a Lambda invocation."""

    context: LambdaContext

    def remaining_seconds(self) -> float:
        return self.context.get_remaining_time_in_millis() / 1000
