"""Limits and halts on PostgreSQL."""

from attrs import asdict, frozen

from orchestrator_adapters.postgres.doors import Doors
from orchestrator_domain.commands import Origin
from orchestrator_domain.ports.pool_control import PoolControl


@frozen
class PostgresPoolControl(PoolControl):
    """PoolControl over the functions in ``doors/``."""

    doors: Doors

    def set_limit(self, pool: str, limit: int | None, *, origin: Origin) -> None:
        self.doors.call(
            "campaign_set_pool",
            {"pool": pool, "kind": "limit_changed", "limit": limit, "origin": asdict(origin)},
        )

    def set_halt(self, pool: str, reason: str | None, *, origin: Origin) -> None:
        kind = "halted" if reason is not None else "unhalted"
        self.doors.call(
            "campaign_set_pool",
            {"pool": pool, "kind": kind, "halted_reason": reason, "origin": asdict(origin)},
        )
