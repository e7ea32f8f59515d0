"""Pause an active campaign."""

from attrs import frozen

from orchestrator_domain.answers import ActionAnswer
from orchestrator_domain.commands import ActionCommand
from orchestrator_domain.ports.deadline import Deadline
from orchestrator_domain.use_cases.halt_campaign import HaltCampaign


@frozen(kw_only=True, eq=False, repr=False)
class PauseCampaign:
    """Pause an active campaign.

    - Only an active campaign can be paused; pausing a paused one succeeds and changes nothing.
    - Once it has succeeded no batch of the campaign begins; what had begun is reported as in flight.
    - Its slot is free as soon as its execution is closed and no batch is going on.
    """

    halt_campaign: HaltCampaign

    def execute(self, command: ActionCommand, deadline: Deadline) -> ActionAnswer:
        return self.halt_campaign.halt(command, deadline)
