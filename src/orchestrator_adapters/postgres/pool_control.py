"""Limits and halts on PostgreSQL."""

from typing import Any

from attrs import asdict, frozen

from orchestrator_adapters.postgres import rows
from orchestrator_adapters.postgres.doors import Doors
from orchestrator_domain.commands import Origin
from orchestrator_domain.pool_decisions import PoolRequest, PoolVerdict
from orchestrator_domain.ports.pool_control import PoolControl
from orchestrator_domain.run import Run, RunIdentity


@frozen(eq=False, repr=False)
class PostgresPoolControl(PoolControl):
    """PoolControl over the functions in ``doors/``."""

    doors: Doors

    def change(self, request: PoolRequest) -> PoolVerdict:
        asked: dict[str, Any] = {
            "pools": {
                pool: ({"limit": request.limits[pool]} if pool in request.limits else {})
                | ({"halted": request.halts[pool]} if pool in request.halts else {})
                for pool in {**request.limits, **request.halts}
            },
            "origin": asdict(request.origin),
        }
        if request.key is not None:
            asked |= asdict(request.key)
        return PoolVerdict(self.doors.call("campaign_change_pools", asked)["verdict"])

    def pause_run(self, identity: RunIdentity, *, origin: Origin) -> Run | None:
        request = {"campaign_id": identity.campaign_id, "number": identity.number, "origin": asdict(origin)}
        run = self.doors.call("campaign_pause_halted_run", request)
        return rows.run_of(run) if run else None
