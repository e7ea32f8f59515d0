"""Campaigns and runs in memory, with the promises of the real repository."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta

from attrs import evolve, frozen

from orchestrator_adapters.memory.admission import Admission, campaign_of
from orchestrator_adapters.memory.campaign_store import InMemoryCampaignStore
from orchestrator_adapters.memory.run_ending import end_run
from orchestrator_adapters.memory.stopping import begin_stopping
from orchestrator_domain.campaign import Campaign
from orchestrator_domain.commands import Origin
from orchestrator_domain.decisions import (
    AdmissionRequest,
    Decision,
    EndDecision,
    HistoryEntry,
    MarkedRun,
    RunEnd,
    StopRequest,
)
from orchestrator_domain.errors import StoreUnavailable
from orchestrator_domain.once import nothing
from orchestrator_domain.pools import Pools, PoolUsage
from orchestrator_domain.ports.campaign_repository import CampaignRepository
from orchestrator_domain.run import NEXT_STATES, Run, RunIdentity, RunState


@frozen
class InMemoryCampaignRepository(CampaignRepository):
    """CampaignRepository over an InMemoryCampaignStore."""

    store: InMemoryCampaignStore

    def admit(self, request: AdmissionRequest) -> Decision:
        with self.store.locked() as now:
            return Admission(self.store, now).decide(request)

    def begin_stopping(self, request: StopRequest) -> Decision:
        with self.store.locked() as now:
            return begin_stopping(self.store, request, now)

    def begin_attempt(
        self, identity: RunIdentity, *, expected_attempts: int, claim_window_seconds: float | None
    ) -> Run | None:
        with self.store.locked() as now:
            run = self.store.runs.get(identity)
            if run is None or run.state in (RunState.STOPPING, RunState.ENDED):
                return None
            if run.attempts != expected_attempts or self.store.lease_is_open(run, now):
                return None
            if self.store.is_halted(run.pool):
                return None
            window = claim_window_seconds
            begun = evolve(
                run,
                attempts=run.attempts + 1,
                fruitless_attempts=run.attempts_without_progress + 1,
                accounted_for_at_attempt=run.progress.accounted_for,
                unknown=True,
                last_attempt_at=now,
                not_after=now + timedelta(seconds=window) if window is not None else None,
            )
            self._note(begun, run, now, "attempt_begun", Origin(source="orchestrator"))
            return self.store.read_run(self.store.save_run(begun), now)

    def mark_dispatched(
        self,
        identity: RunIdentity,
        *,
        reference: str,
        state: RunState,
        origin: Origin,
        meanwhile: Callable[[], object] = nothing,
    ) -> MarkedRun:
        meanwhile()
        with self.store.locked() as now:
            run = self._recorded(identity)
            advances = state in NEXT_STATES[run.state]
            marked = evolve(
                run,
                state=state if advances else run.state,
                execution_reference=run.execution_reference or reference,
                dispatched_at=run.dispatched_at or now,
                unknown=run.unknown and run.state in (RunState.STOPPING, RunState.ENDED),
            )
            if marked != run:
                self._note(marked, run, now, "dispatched", origin)
            self.store.save_run(marked)
            return MarkedRun(run=self.store.read_run(marked, now), pool_active=len(self.store.live_in(run.pool)))

    def mark_unknown(self, identity: RunIdentity, *, cause: str, origin: Origin) -> Run:
        with self.store.locked() as now:
            run = self._recorded(identity)
            if run.is_live and not run.unknown:
                self._note(run, run, now, "dispatch_unknown", origin, cause)
                run = self.store.save_run(evolve(run, unknown=True))
            return self.store.read_run(run, now)

    def end_run(self, end: RunEnd) -> EndDecision:
        with self.store.locked() as now:
            return end_run(self.store, end, now)

    def find_run(self, identity: RunIdentity) -> Run | None:
        with self.store.locked() as now:
            run = self.store.runs.get(identity)
            return self.store.read_run(run, now) if run else None

    def find_run_by_execution_name(self, execution_name: str) -> Run | None:
        with self.store.locked() as now:
            found = (run for run in self.store.runs.values() if run.execution_name == execution_name)
            run = next(found, None)
            return self.store.read_run(run, now) if run else None

    def fence_run(self, identity: RunIdentity, *, cause: str, origin: Origin) -> Run | None:
        with self.store.locked() as now:
            run = self.store.runs.get(identity)
            if run is None:
                return None
            if run.state not in (RunState.STOPPING, RunState.ENDED):
                fenced = self.store.save_run(evolve(run, state=RunState.STOPPING, cause=cause))
                self._note(fenced, run, now, "fenced", origin, cause)
                run = fenced
            return self.store.read_run(run, now)

    def live_runs_by_campaign(self, pool: str, *, limit: int, after: str | None) -> Sequence[Run]:
        with self.store.locked() as now:
            live = sorted(self.store.live_in(pool), key=lambda run: run.campaign_id)
            behind = [run for run in live if after is None or run.campaign_id > after]
            return [self.store.read_run(run, now) for run in behind[:limit]]

    def live_runs(self, pool: str, *, limit: int) -> Sequence[Run]:
        with self.store.locked() as now:
            return [self.store.read_run(run, now) for run in self.store.live_in(pool)[:limit]]

    def pool_usage(self, pools: Pools, *, holders_wanted: int) -> Sequence[PoolUsage]:
        with self.store.locked() as now:
            return [
                self.store.usage(
                    pool.name, default_limit=pool.default_limit, now=now, holders_wanted=holders_wanted
                )
                for pool in pools.by_name.values()
            ]

    def find_campaigns(self, campaign_ids: Sequence[str]) -> Mapping[str, Campaign]:
        with self.store.locked() as now:
            rows = {asked: self.store.campaigns.get(asked) for asked in campaign_ids}
            return {asked: campaign_of(self.store, row, now) for asked, row in rows.items() if row}

    def history(self, campaign_id: str, *, limit: int) -> Sequence[HistoryEntry]:
        with self.store.locked():
            return self.store.events.get(campaign_id, [])[-limit:]

    def _recorded(self, identity: RunIdentity) -> Run:
        run = self.store.runs.get(identity)
        if run is None:
            raise StoreUnavailable(cause="run_vanished")
        return run

    def _note(
        self, run: Run, before: Run, now: datetime, kind: str, origin: Origin, cause: str | None = None
    ) -> None:
        self.store.append_event(
            run.campaign_id,
            at=now,
            kind=kind,
            origin=origin,
            run=run,
            run_state_from=before.state,
            cause=cause,
        )
