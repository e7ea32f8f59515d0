"""Limits and halts of the in-memory store."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from attrs import evolve, frozen

from orchestrator_adapters.memory.campaign_store import InMemoryCampaignStore, PoolRow
from orchestrator_domain.campaign import CampaignStatus
from orchestrator_domain.commands import Origin
from orchestrator_domain.pool_decisions import PoolRequest, PoolVerdict
from orchestrator_domain.ports.pool_control import PoolControl
from orchestrator_domain.run import Run, RunIdentity, RunState


@frozen
class InMemoryPoolControl(PoolControl):
    """PoolControl over an InMemoryCampaignStore."""

    store: InMemoryCampaignStore

    def change(self, request: PoolRequest) -> PoolVerdict:
        with self.store.locked() as now:
            key, pools = request.key, sorted({*request.limits, *request.halts})
            if key is not None:
                known = [self.store.pool_requests.get((pool, key.key)) for pool in pools]
                if any(content_hash not in (None, key.content_hash) for content_hash in known):
                    return PoolVerdict.KEY_REUSED
                if key.content_hash in known:
                    return PoolVerdict.REPLAYED
                self.store.pool_requests |= {(pool, key.key): key.content_hash for pool in pools}
            for pool in pools:
                row = self.store.pools.setdefault(pool, PoolRow())
                if pool in request.limits:
                    self._set_limit(pool, row, request.limits[pool], request.origin, now)
                if pool in request.halts:
                    self._set_halt(pool, row, request.halts[pool], request.origin, now)
            return PoolVerdict.DONE

    def pause_run(self, identity: RunIdentity, *, origin: Origin) -> Run | None:
        with self.store.locked() as now:
            run = self.store.runs.get(identity)
            reason = self.store.pools.get(run.pool, PoolRow()).halted_reason if run is not None else None
            if run is None or reason is None:
                return None
            if run.state in (RunState.STOPPING, RunState.ENDED):
                return self.store.read_run(run, now)
            return self.store.read_run(self._pause(run, reason, origin, now), now)

    def _pause(self, run: Run, reason: str, origin: Origin, now: datetime) -> Run:
        paused = self.store.save_run(evolve(run, state=RunState.STOPPING, cause=run.cause or "halt requested"))
        row, status_from, status_to = self.store.campaigns.get(run.campaign_id), None, None
        if row is not None and row.status == CampaignStatus.ACTIVE:
            status_from, status_to = row.status, CampaignStatus.PAUSED.value
            row.status, row.updated_at = status_to, now
        self.store.append_event(
            run.campaign_id,
            at=now,
            kind="halt_requested",
            origin=origin,
            run=paused,
            status_from=status_from,
            status_to=status_to,
            run_state_from=run.state,
            cause=reason,
        )
        return paused

    def _set_limit(self, pool: str, row: PoolRow, limit: int | None, origin: Origin, now: datetime) -> None:
        before, row.max_live = row.max_live, limit
        if limit != before:
            self._note(pool, "limit_changed", None, {"limit": limit, "limit_before": before}, origin, now)

    def _set_halt(self, pool: str, row: PoolRow, reason: str | None, origin: Origin, now: datetime) -> None:
        before, row.halted_reason = row.halted_reason, reason
        if reason != before:
            kind = "halted" if reason is not None else "unhalted"
            self._note(pool, kind, reason, {"halted": reason, "halted_before": before}, origin, now)

    def _note(
        self, pool: str, kind: str, cause: str | None, detail: Mapping[str, Any], origin: Origin, now: datetime
    ) -> None:
        self.store.append_event(f"pool:{pool}", at=now, kind=kind, origin=origin, cause=cause, detail=detail)
