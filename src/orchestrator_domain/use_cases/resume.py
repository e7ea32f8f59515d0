"""Resume a paused campaign."""

from attrs import frozen

from orchestrator_domain.answers import ActionAnswer
from orchestrator_domain.commands import ActionCommand
from orchestrator_domain.ports.deadline import Deadline
from orchestrator_domain.use_cases.launch_run import LaunchRun


@frozen(kw_only=True, eq=False, repr=False)
class ResumeCampaign:
    """Resume a paused campaign.

    - Only a paused campaign can be resumed; it becomes active with a new run, which continues where the
      earlier one ended.
    - Refused with still_stopping while the earlier run has not come to rest, with how much is in flight.
    - It needs a slot, as a start does.
    """

    launch_run: LaunchRun

    def execute(self, command: ActionCommand, deadline: Deadline) -> ActionAnswer:
        return self.launch_run.launch(command, deadline)
