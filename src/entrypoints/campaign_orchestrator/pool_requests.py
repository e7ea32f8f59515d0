"""Answers requests that halt pools, lift halts, and show or change limits."""

from collections.abc import Mapping
from typing import Any

from attrs import frozen

from orchestrator_adapters.wire import pool_requests, pool_responses, requests
from orchestrator_domain.pools import Pools
from orchestrator_domain.ports.clock import Clock
from orchestrator_domain.ports.deadline import Deadline
from orchestrator_domain.use_cases.halt_pools import HaltPools
from orchestrator_domain.use_cases.pool_limits import PoolLimits
from orchestrator_domain.use_cases.unhalt_pools import UnhaltPools


@frozen(kw_only=True, eq=False, repr=False)
class PoolRequests:
    """Gives a request that concerns whole pools to its use case."""

    halt: HaltPools
    unhalt: UnhaltPools
    limits: PoolLimits
    pools: Pools
    clock: Clock

    def answer(
        self, event: Mapping[str, Any], *, request_id: str, deadline: Deadline, source: str
    ) -> dict[str, Any]:
        """The answer to an event whose action is one of requests.POOL_ACTIONS. Raises OrchestratorError."""
        if event["action"] == requests.HALT:
            halt = pool_requests.halt_command(event, request_id=request_id, source=source)
            halt.require_unexpired(self.clock.now())
            return pool_responses.halt_response(self.halt.execute(halt, deadline), reason=halt.reason)
        if event["action"] == requests.UNHALT:
            unhalt = pool_requests.unhalt_command(event, request_id=request_id, source=source)
            unhalt.require_unexpired(self.clock.now())
            return pool_responses.unhalt_response(self.unhalt.execute(unhalt, deadline), pools=self.pools)
        command = pool_requests.limits_command(event, request_id=request_id, source=source)
        if command is None:
            return pool_responses.limits_response(self.limits.show(deadline), pools=self.pools)
        command.require_unexpired(self.clock.now())
        return pool_responses.limits_response(self.limits.change(command, deadline), pools=self.pools)
