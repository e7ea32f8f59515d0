"""Limits and halts of the in-memory store."""

from collections.abc import Callable

from attrs import frozen

from orchestrator_adapters.memory.campaign_store import InMemoryCampaignStore, PoolRow
from orchestrator_domain.commands import Origin
from orchestrator_domain.ports.pool_control import PoolControl


@frozen
class InMemoryPoolControl(PoolControl):
    """PoolControl over an InMemoryCampaignStore."""

    store: InMemoryCampaignStore

    def set_limit(self, pool: str, limit: int | None, *, origin: Origin) -> None:
        def change(row: PoolRow) -> None:
            row.max_live = limit

        self._change(pool, change, "limit_changed", origin)

    def set_halt(self, pool: str, reason: str | None, *, origin: Origin) -> None:
        def change(row: PoolRow) -> None:
            row.halted_reason = reason

        self._change(pool, change, "halted" if reason is not None else "unhalted", origin)

    def _change(self, pool: str, change: Callable[[PoolRow], None], kind: str, origin: Origin) -> None:
        with self.store.locked() as now:
            row = self.store.pools.setdefault(pool, PoolRow())
            before = (row.max_live, row.halted_reason)
            change(row)
            if before != (row.max_live, row.halted_reason):
                self.store.append_event(
                    f"pool:{pool}",
                    at=now,
                    kind=kind,
                    origin=origin,
                    cause=row.halted_reason,
                    detail={"limit": row.max_live},
                )
