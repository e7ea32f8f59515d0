"""Start a campaign."""

from attrs import frozen

from orchestrator_domain.answers import ActionAnswer
from orchestrator_domain.commands import ActionCommand
from orchestrator_domain.ports.deadline import Deadline
from orchestrator_domain.use_cases.launch_run import LaunchRun


@frozen(kw_only=True, eq=False, repr=False)
class StartCampaign:
    """Start a campaign.

    - Only a draft or scheduled campaign can be started; it becomes active.
    - It takes a slot of its type's pool: refused with resource_limit_reached when the pool is full, with the
      holders and when to try again; refused with pool_halted when somebody has halted the pool.
    - Success means that the work was handed over to the dispatcher.
    - A repeated request (same idempotency key) starts nothing twice and is answered as the first.
    """

    launch_run: LaunchRun

    def execute(self, command: ActionCommand, deadline: Deadline) -> ActionAnswer:
        return self.launch_run.launch(command, deadline)
