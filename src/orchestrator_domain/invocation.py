"""The end of an asynchronous invocation, and what shows whose end it is."""

import hashlib

from attrs import frozen

from orchestrator_domain.run import RunOutcome
from orchestrator_domain.value import Value

REFERENCE_DIGITS = 32


@frozen(kw_only=True, eq=False, repr=False)
class InvocationRecord(Value):
    """What somebody says of how an invocation has ended.

    Attributes:
        request_id: the invocation's id, which its service drew at random and told nobody but us and the function.
        outcome: SUCCEEDED or FAILED.
        cause: a stable word.
    """

    request_id: str
    outcome: RunOutcome
    cause: str

    def is_of(self, reference: str | None) -> bool:
        """Whether ``reference`` was made of this invocation's request id."""
        return reference == reference_of(self.request_id)


def reference_of(request_id: str) -> str:
    """What is stored and shown of an invocation.

    Whoever reads it in the slot ledger or in the database cannot make a record of it that proves anything.
    """
    digest = hashlib.sha256(request_id.encode()).hexdigest()
    return f"invocation-{digest[:REFERENCE_DIGITS]}"
