"""Claims and batch leases of the in-memory store."""

from datetime import datetime, timedelta

from attrs import evolve, frozen

from orchestrator_adapters.memory.campaign_store import ClaimRow, InMemoryCampaignStore
from orchestrator_adapters.memory.run_ending import close
from orchestrator_domain.commands import Origin
from orchestrator_domain.ports.run_claims import (
    BatchEnd,
    BatchLease,
    Claim,
    ClaimRefusal,
    RunClaims,
)
from orchestrator_domain.ports.run_ids import RunIds
from orchestrator_domain.run import Progress, Run, RunIdentity, RunOutcome, RunState

DISPATCHER = Origin(source="dispatcher")


@frozen
class InMemoryRunClaims(RunClaims):
    """RunClaims over an InMemoryCampaignStore. ``tokens`` makes the random tokens."""

    store: InMemoryCampaignStore
    tokens: RunIds

    def claim(
        self, identity: RunIdentity, *, run_id: str, claimant: str, attempt: int | None
    ) -> Claim | ClaimRefusal:
        with self.store.locked() as now:
            run = self.store.runs.get(identity)
            if run is None or run.run_id != run_id:
                return ClaimRefusal.RUN_NOT_FOUND
            refusal = self._why_not_claimable(run, claimant, attempt, now)
            if refusal is not None:
                return refusal
            return self._claimed(run, claimant, attempt or run.attempts, now)

    def _why_not_claimable(
        self, run: Run, claimant: str, attempt: int | None, now: datetime
    ) -> ClaimRefusal | None:
        latest = self.store.latest_run(run.campaign_id)
        superseded = latest is not None and latest.number != run.number
        if superseded or run.state in (RunState.STOPPING, RunState.ENDED):
            return ClaimRefusal.NOT_LIVE
        if self.store.is_halted(run.pool):
            return ClaimRefusal.HALTED
        held = self.store.claims.get(run.identity)
        if held is not None and run.claimant != claimant:
            newest = attempt is not None and attempt == run.attempts and attempt > held.attempt
            if not newest:
                return ClaimRefusal.TAKEN
        if self.store.lease_is_open(run, now):
            return ClaimRefusal.LEASE_OPEN
        if run.not_after is not None and now > run.not_after and run.claimant != claimant:
            return ClaimRefusal.TOO_LATE
        return None

    def _claimed(self, run: Run, claimant: str, attempt: int, now: datetime) -> Claim:
        token = self.tokens.next_id()
        self.store.claims[run.identity] = ClaimRow(token=token, attempt=attempt)
        progress, accounted_for = run.progress, run.accounted_for_at_attempt
        if run.claimant is None and run.resumed_from is not None:
            earlier = self.store.runs.get(evolve(run.identity, number=run.resumed_from))
            progress = earlier.progress if earlier else progress
            accounted_for = progress.accounted_for
        claimed = evolve(
            run,
            state=RunState.RUNNING,
            claimant=claimant,
            acknowledged_at=run.acknowledged_at or now,
            last_heartbeat_at=now,
            lease_until=None,
            in_flight=0,
            progress=progress,
            accounted_for_at_attempt=accounted_for,
        )
        self.store.save_run(claimed)
        self._note(claimed, run, now, "claimed")
        return Claim(identity=run.identity, token=token, progress=progress)

    def begin_batch(
        self, claim: Claim, *, lease_seconds: float, size: int, batch_key: str | None = None
    ) -> BatchLease | ClaimRefusal:
        with self.store.locked() as now:
            run, held = self._held(claim)
            if run is None:
                return ClaimRefusal.RUN_NOT_FOUND
            if held is None:
                return ClaimRefusal.SUPERSEDED
            if run.state is not RunState.RUNNING:
                return ClaimRefusal.NOT_LIVE
            if self.store.is_halted(run.pool):
                return ClaimRefusal.HALTED
            if self.store.lease_is_open(run, now):
                if batch_key is not None and held.lease_token == batch_key and run.lease_until is not None:
                    return BatchLease(token=batch_key, until=run.lease_until)
                return ClaimRefusal.LEASE_OPEN
            until, held.lease_token = now + timedelta(seconds=lease_seconds), batch_key or self.tokens.next_id()
            self.store.save_run(evolve(run, lease_until=until, in_flight=size, last_heartbeat_at=now))
            return BatchLease(token=held.lease_token, until=until)

    def end_batch(self, claim: Claim, lease: BatchLease, *, progress: Progress) -> BatchEnd | ClaimRefusal:
        with self.store.locked() as now:
            run, held = self._held(claim)
            if run is None:
                return ClaimRefusal.RUN_NOT_FOUND
            if held is None or held.lease_token != lease.token:
                return ClaimRefusal.SUPERSEDED
            if run.state is RunState.ENDED:
                return ClaimRefusal.NOT_LIVE
            held.lease_token = None
            run = self.store.save_run(
                evolve(run, lease_until=None, in_flight=0, progress=progress, last_heartbeat_at=now)
            )
            if run.state is RunState.STOPPING:
                run = close(self.store, run, RunOutcome.STOPPED, run.cause, DISPATCHER, now)
            return BatchEnd(state=run.state)

    def finish(
        self, claim: Claim, *, outcome: RunOutcome, progress: Progress, cause: str | None
    ) -> BatchEnd | ClaimRefusal:
        with self.store.locked() as now:
            run, held = self._held(claim)
            if run is None:
                return ClaimRefusal.RUN_NOT_FOUND
            if held is None:
                return ClaimRefusal.SUPERSEDED
            if run.state is RunState.ENDED:
                return BatchEnd(state=run.state)
            if self.store.lease_is_open(run, now):
                return ClaimRefusal.LEASE_OPEN
            if outcome is RunOutcome.SUCCEEDED and not progress.adds_up:
                return ClaimRefusal.DOES_NOT_ADD_UP
            stopping = run.state is RunState.STOPPING
            finished_all_the_same = stopping and outcome is RunOutcome.SUCCEEDED
            why = "all contacts were done when it was stopped" if finished_all_the_same else cause
            run = evolve(run, progress=progress, last_heartbeat_at=now)
            ended = close(self.store, run, outcome, why or run.cause, DISPATCHER, now)
            return BatchEnd(state=ended.state)

    def _held(self, claim: Claim) -> tuple[Run | None, ClaimRow | None]:
        run, held = self.store.runs.get(claim.identity), self.store.claims.get(claim.identity)
        return run, held if held is not None and held.token == claim.token else None

    def _note(self, run: Run, before: Run, now: datetime, kind: str) -> None:
        self.store.append_event(
            run.campaign_id,
            at=now,
            kind=kind,
            origin=DISPATCHER,
            run=run,
            run_state_from=before.state,
        )
