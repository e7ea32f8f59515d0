"""Retry a failed campaign."""

from attrs import frozen

from orchestrator_domain.answers import ActionAnswer
from orchestrator_domain.commands import ActionCommand
from orchestrator_domain.ports.deadline import Deadline
from orchestrator_domain.use_cases.launch_run import LaunchRun


@frozen(kw_only=True, eq=False, repr=False)
class RetryCampaign:
    """Retry a failed campaign.

    - Only a failed campaign can be retried; it becomes active with a new run, which continues where the
      failed one ended.
    - It needs a slot, as a start does.
    """

    launch_run: LaunchRun

    def execute(self, command: ActionCommand, deadline: Deadline) -> ActionAnswer:
        return self.launch_run.launch(command, deadline)
