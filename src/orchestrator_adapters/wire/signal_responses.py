"""What following up a late signal did, as it is told."""

from collections.abc import Sequence
from typing import Any

from attrs import frozen

from orchestrator_adapters.wire.response_writing import write
from orchestrator_domain.upkeep_answers import SettleAnswer


@frozen(kw_only=True)
class SignalResponse:
    """What following up a late signal did."""

    success: bool
    message: str
    campaign_id: str | None = None
    run_number: int | None = None
    run_state: str | None = None
    outcome: str | None = None
    repairs: Sequence[str] = ()
    projection: str | None = None


def signal_response(answer: SettleAnswer) -> dict[str, Any]:
    """The response of a late signal."""
    run = answer.run
    if run is None:
        return write(SignalResponse(success=True, message="The signal names no run of ours"))
    return write(
        SignalResponse(
            success=True,
            message=f"Run {run.number} is {run.state.value}",
            campaign_id=run.campaign_id,
            run_number=run.number,
            run_state=run.state.value,
            outcome=run.outcome.value if run.outcome else None,
            repairs=[repair.value for repair in answer.repairs],
            projection=answer.projection.value if answer.projection else None,
        )
    )
