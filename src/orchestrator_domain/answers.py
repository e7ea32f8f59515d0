"""What the caller is told when nothing went wrong. Refusals are errors (errors.py)."""

from enum import StrEnum

from attrs import frozen

from orchestrator_domain.campaign import Action
from orchestrator_domain.run import Run
from orchestrator_domain.value import Value


class ProjectionState(StrEnum):
    """Whether the slot ledger shows what the repository holds.

    CURRENT: it does. REBUILT: it did not, and does now. STALE: it does not, or did not answer, and will be
    rebuilt by the next action.
    """

    CURRENT = "current"
    REBUILT = "rebuilt"
    STALE = "stale"


@frozen(kw_only=True, eq=False, repr=False)
class ActionAnswer(Value):
    """An action had its effect.

    Attributes:
        run: the run that was started, or that was stopped; None when the action concerned no run.
        projection: what the slot ledger shows after the action; None when it was not written.
    """

    campaign_id: str
    campaign_type: str | None
    action: Action
    message: str
    run: Run | None
    projection: ProjectionState | None
