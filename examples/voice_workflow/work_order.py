"""What the tasks of an execution tell one another."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any, Self

from attrs import field, frozen

from orchestrator_domain.ports.run_claims import Claim
from orchestrator_domain.run import Progress, RunIdentity
from voice_workflow.voice_campaign import VoiceCampaign, voice_campaign


class Next(StrEnum):
    """Where the execution goes. LEAVE: the run is not ours, or no longer. That is no success."""

    DISPATCH = "Dispatch"
    MONITOR = "Monitor"
    REPORT = "Report"
    LEAVE = "Leave"


@frozen(kw_only=True)
class WorkOrder:
    """The run, its claim, and the number of the batch that comes next or is going on. ``event``: as it was read."""

    campaign: VoiceCampaign
    run: RunIdentity
    run_id: str
    execution_name: str
    token: str
    batch_number: int
    event: Mapping[str, Any] = field(factory=dict, repr=False)

    @classmethod
    def read(cls, event: Mapping[str, Any]) -> Self:
        """Of a task's event: the dispatch input as ``order``, ``executionName``, and the last task's ``work``."""
        order, work = event["order"], event["work"]
        return cls(
            campaign=voice_campaign(order),
            run=RunIdentity(campaign_id=order["campaignId"], number=order["runNumber"]),
            run_id=order["runId"],
            execution_name=event["executionName"],
            token=work["token"],
            batch_number=work["batchNumber"],
            event=event,
        )

    @property
    def claim(self) -> Claim:
        return Claim(identity=self.run, token=self.token, progress=Progress())

    @property
    def batch_key(self) -> str:
        """The batch's name: a task that is tried again enters its own batch."""
        return f"{self.run_id}-{self.batch_number}"

    def then(self, following: Next, *, why: str | None = None, batch_number: int | None = None) -> dict[str, Any]:
        """What a task returns."""
        return {
            "next": following.value,
            "why": why,
            "token": self.token,
            "batchNumber": self.batch_number if batch_number is None else batch_number,
        }
