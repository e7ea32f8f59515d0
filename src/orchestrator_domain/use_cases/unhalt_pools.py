"""Lift the halt of one channel, or of all."""

from attrs import frozen

from orchestrator_domain import budgets
from orchestrator_domain.errors import IdempotencyKeyReused
from orchestrator_domain.pool_answers import PoolsAnswer
from orchestrator_domain.pool_commands import UnhaltCommand, pools_asked
from orchestrator_domain.pool_decisions import PoolRequest, PoolVerdict
from orchestrator_domain.pools import Pools
from orchestrator_domain.ports.campaign_repository import CampaignRepository
from orchestrator_domain.ports.deadline import Deadline
from orchestrator_domain.ports.pool_control import PoolControl
from orchestrator_domain.use_cases.time_left import require_time


@frozen(kw_only=True, eq=False, repr=False)
class UnhaltPools:
    """Lift the halt of one channel, or of all.

    - From its commit on starts are admitted again. What the halt has paused stays paused until it is resumed.
    - Lifting a halt that is not there succeeds and changes nothing.
    """

    pool_control: PoolControl
    repository: CampaignRepository
    pools: Pools

    def execute(self, command: UnhaltCommand, deadline: Deadline) -> PoolsAnswer:
        names = pools_asked(command.campaign_type, self.pools)
        require_time(deadline, 2 * budgets.STORE_SECONDS + budgets.ANSWER_RESERVE_SECONDS)
        lifted = dict.fromkeys(names)
        verdict = self.pool_control.change(PoolRequest(halts=lifted, key=command.key, origin=command.origin))
        if verdict is PoolVerdict.KEY_REUSED:
            raise IdempotencyKeyReused(subject="pool")
        return PoolsAnswer(usages=self.repository.pool_usage(self.pools.only(names), holders_wanted=0))
