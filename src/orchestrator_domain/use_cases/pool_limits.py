"""Show the pools' limits, or change them."""

from attrs import frozen

from orchestrator_domain import budgets
from orchestrator_domain.errors import IdempotencyKeyReused, InvalidRequest
from orchestrator_domain.pool_answers import PoolsAnswer
from orchestrator_domain.pool_commands import LimitsCommand
from orchestrator_domain.pool_decisions import PoolRequest, PoolVerdict
from orchestrator_domain.pools import Pools
from orchestrator_domain.ports.campaign_repository import CampaignRepository
from orchestrator_domain.ports.deadline import Deadline
from orchestrator_domain.ports.pool_control import PoolControl
from orchestrator_domain.use_cases.time_left import require_time


@frozen(kw_only=True, eq=False, repr=False)
class PoolLimits:
    """Show the pools' limits, or change them at run time.

    - The limits of the environment are defaults; a stored one is in force for every process, from its commit on.
    - Several are changed by one commit: all, or none.
    - Lowering a limit ends no run: nobody is admitted until the pool has drained below it.
    """

    pool_control: PoolControl
    repository: CampaignRepository
    pools: Pools

    def show(self, deadline: Deadline) -> PoolsAnswer:
        """Every pool's limit, where it comes from, and whether the pool is halted."""
        require_time(deadline, budgets.STORE_SECONDS)
        return PoolsAnswer(usages=self.repository.pool_usage(self.pools, holders_wanted=0))

    def change(self, command: LimitsCommand, deadline: Deadline) -> PoolsAnswer:
        """Change the limits that the command names, and show all."""
        for name in command.limits:
            if name not in self.pools.by_name:
                allowed = f"a limit for {' or '.join(self.pools.by_name)}"
                raise InvalidRequest(field="set", value=name, allowed=allowed)
        require_time(deadline, 2 * budgets.STORE_SECONDS + budgets.ANSWER_RESERVE_SECONDS)
        request = PoolRequest(limits=command.limits, key=command.key, origin=command.origin)
        if self.pool_control.change(request) is PoolVerdict.KEY_REUSED:
            raise IdempotencyKeyReused(subject="pool")
        return self.show(deadline)
