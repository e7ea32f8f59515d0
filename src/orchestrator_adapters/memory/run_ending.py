"""The in-memory twin of ``end_run``."""

from datetime import datetime

from attrs import evolve

from orchestrator_adapters.memory.campaign_store import InMemoryCampaignStore
from orchestrator_domain.campaign import STATUS_AFTER_OUTCOME, CampaignStatus
from orchestrator_domain.commands import Origin
from orchestrator_domain.decisions import EndDecision, EndVerdict, RunEnd
from orchestrator_domain.run import Run, RunOutcome, RunState


def end_run(store: InMemoryCampaignStore, end: RunEnd, now: datetime) -> EndDecision:
    """Decide a RunEnd; the store's lock is held."""
    run = store.runs.get(end.identity)
    if run is None:
        return EndDecision(verdict=EndVerdict.RUN_NOT_FOUND, run=None, pool_active=0)
    verdict = _verdict(store, run, end, now)
    if verdict is EndVerdict.ENDED:
        run = close(store, run, end.outcome, end.cause, end.origin, now)
    active = len(store.live_in(run.pool))
    return EndDecision(verdict=verdict, run=store.read_run(run, now), pool_active=active)


def _verdict(store: InMemoryCampaignStore, run: Run, end: RunEnd, now: datetime) -> EndVerdict:
    if run.state is RunState.ENDED:
        return EndVerdict.ALREADY_ENDED
    if end.only_if_attempts is not None:
        guessed = run.unknown and not end.even_if_unknown
        if guessed or run.attempts != end.only_if_attempts or run.dispatch_is_confirmed:
            return EndVerdict.SUPERSEDED
    return EndVerdict.LEASE_OPEN if store.lease_is_open(run, now) else EndVerdict.ENDED


def close(
    store: InMemoryCampaignStore,
    run: Run,
    outcome: RunOutcome,
    cause: str | None,
    origin: Origin,
    now: datetime,
) -> Run:
    """End ``run`` at once, with what follows for its campaign and its idempotency key."""
    recorded = RunOutcome.STOPPED if run.state is RunState.STOPPING else outcome
    ended = store.save_run(
        evolve(
            run,
            state=RunState.ENDED,
            outcome=recorded,
            cause=cause,
            ended_at=now,
            lease_until=None,
            in_flight=0,
        )
    )
    status_from = status_to = None
    row, latest = store.campaigns.get(run.campaign_id), store.latest_run(run.campaign_id)
    is_latest = latest is not None and latest.number == run.number
    if row is not None and row.status == CampaignStatus.ACTIVE and is_latest:
        after = STATUS_AFTER_OUTCOME[recorded]
        if recorded is RunOutcome.RETURNED:
            after = CampaignStatus(run.previous_status)
        if after is not None:
            status_from, row.status, row.updated_at = row.status, after.value, now
            status_to = row.status
    if recorded is RunOutcome.RETURNED:
        _free_key(store, run)
    store.append_event(
        run.campaign_id,
        at=now,
        kind="run_ended",
        origin=origin,
        run=ended,
        status_from=status_from,
        status_to=status_to,
        run_state_from=run.state,
        cause=cause,
        detail={"outcome": recorded.value},
    )
    return ended


def _free_key(store: InMemoryCampaignStore, run: Run) -> None:
    for (campaign_id, key), request in list(store.requests.items()):
        admitted = request.decision.run is not None and request.decision.run.run_id == run.run_id
        if campaign_id == run.campaign_id and admitted:
            del store.requests[campaign_id, key]
