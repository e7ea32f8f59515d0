"""Stop everything of one channel, or of all."""

from attrs import frozen

from orchestrator_domain import budgets
from orchestrator_domain.errors import IdempotencyKeyReused, StoreUnavailable
from orchestrator_domain.pool_answers import HaltAnswer, HaltedPool
from orchestrator_domain.pool_commands import HaltCommand, pools_asked
from orchestrator_domain.pool_decisions import PoolRequest, PoolVerdict
from orchestrator_domain.pools import Pools, PoolUsage
from orchestrator_domain.ports.campaign_repository import CampaignRepository
from orchestrator_domain.ports.deadline import Deadline
from orchestrator_domain.ports.pool_control import PoolControl
from orchestrator_domain.upkeep_commands import require_known_places
from orchestrator_domain.use_cases.halt_pool_pass import HaltPoolPass
from orchestrator_domain.use_cases.pause_halted_run import PauseHaltedRun
from orchestrator_domain.use_cases.taking_turns import take_turns
from orchestrator_domain.use_cases.time_left import require_time


@frozen(kw_only=True, eq=False, repr=False)
class HaltPools:
    """Stop everything of one channel, or of all: the emergency stop.

    - One commit halts the pools: from it on every start is refused (pool_halted), and no batch begins.
    - Then every live run is stopped, as by a pause: its campaign can be resumed once the halt is lifted. Nothing
      starts by itself. A campaign that is not to go on is stopped by its own stop.
    - Bounded by the invocation's time: the answer tells of each run that it has come to, how many are live still,
      and where to go on. The next reconciliation goes on with the rest too.
    - Repeating it finishes what an earlier call left. It never comes too late (no expiry).
    """

    pool_control: PoolControl
    repository: CampaignRepository
    pause_halted_run: PauseHaltedRun
    pools: Pools

    def execute(self, command: HaltCommand, deadline: Deadline) -> HaltAnswer:
        """Carry the command out. Once the pools are halted it is answered, whatever is away by then."""
        names = pools_asked(command.campaign_type, self.pools)
        require_known_places(command.cursor, self.pools.by_name)
        require_time(deadline, budgets.STORE_SECONDS + budgets.ANSWER_RESERVE_SECONDS)
        halts = {name: command.reason for name in names}
        verdict = self.pool_control.change(PoolRequest(halts=halts, key=command.key, origin=command.origin))
        if verdict is PoolVerdict.KEY_REUSED:
            raise IdempotencyKeyReused(subject="pool")
        passes = [self._pass(name, command, deadline) for name in names]
        take_turns([one for one in passes if not one.looked_at_all], deadline)
        usages = self._usages(names, deadline)
        halted = {
            one.pool: HaltedPool(pool=one.pool, runs=one.looked_at, usage=usages.get(one.pool)) for one in passes
        }
        left = {one.pool: one.behind for one in passes if not one.looked_at_all and not halted[one.pool].complete}
        return HaltAnswer(pools=list(halted.values()), cursor=left or None)

    def _pass(self, pool: str, command: HaltCommand, deadline: Deadline) -> HaltPoolPass:
        return HaltPoolPass(
            pool=pool,
            behind=(command.cursor or {}).get(pool),
            looked_at_all=command.cursor is not None and pool not in command.cursor,
            origin=command.origin,
            deadline=deadline,
            repository=self.repository,
            pause_halted_run=self.pause_halted_run,
        )

    def _usages(self, names: tuple[str, ...], deadline: Deadline) -> dict[str, PoolUsage]:
        if deadline.remaining_seconds() < budgets.STORE_SECONDS + budgets.ANSWER_RESERVE_SECONDS:
            return {}
        try:
            usages = self.repository.pool_usage(self.pools.only(names), holders_wanted=0)
        except StoreUnavailable:
            return {}
        return {usage.name: usage for usage in usages}
