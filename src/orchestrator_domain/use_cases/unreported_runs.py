"""How a run ends whose dispatcher knows nothing of runs."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from attrs import frozen

from orchestrator_domain.campaign import CampaignStatus
from orchestrator_domain.invocation import InvocationRecord
from orchestrator_domain.run import Run, RunOutcome
from orchestrator_domain.value import Value

SET_BY_THE_DISPATCHER: Final = "status_set_by_dispatcher"
OUTCOME_OF_STATUS: Final[Mapping[str, RunOutcome]] = MappingProxyType(
    {
        CampaignStatus.COMPLETED.value: RunOutcome.SUCCEEDED,
        CampaignStatus.FAILED.value: RunOutcome.FAILED,
    }
)
"""The statuses with which such a dispatcher says itself that its work has ended."""


@frozen(kw_only=True, eq=False, repr=False)
class Ending(Value):
    """How a run has ended, and why."""

    outcome: RunOutcome
    cause: str


def ending_of_invocation(run: Run, status: str | None, record: InvocationRecord | None) -> Ending | None:
    """How a live run has ended that is an invocation of which nobody reports; None: it may still be at work.

    1. The status that the dispatcher set says more than how its invocation ended: one that returns may have failed.
    2. A record is believed only of the run's own invocation.
    3. After the longest time nothing of the run can go on, whatever was never heard.

    Args:
        status: of the run's campaign; it was ``active`` when the run was admitted.
    """
    set_by_dispatcher = OUTCOME_OF_STATUS.get(status) if status is not None else None
    if set_by_dispatcher is not None:
        return Ending(outcome=set_by_dispatcher, cause=SET_BY_THE_DISPATCHER)
    if record is not None and record.is_of(run.execution_reference):
        return Ending(outcome=record.outcome, cause=record.cause)
    if run.not_after is not None and run.observed_at > run.not_after:
        if run.execution_reference is None:
            return Ending(outcome=RunOutcome.DISPATCH_FAILED, cause="never_confirmed")
        return Ending(outcome=RunOutcome.FAILED, cause="longest_time_passed")
    return None


def outcome_agreed_with(status: str | None, seen: Ending) -> Ending:
    """What an execution of which nobody reports has come to: its success is none when it set the status failed."""
    if seen.outcome is RunOutcome.SUCCEEDED and status == CampaignStatus.FAILED:
        return Ending(outcome=RunOutcome.FAILED, cause=SET_BY_THE_DISPATCHER)
    return seen
