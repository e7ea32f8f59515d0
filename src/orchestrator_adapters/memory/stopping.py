"""The in-memory twin of ``begin_stopping``."""

from datetime import datetime

from attrs import evolve

from orchestrator_adapters.memory.admission import campaign_of, remember, replayed
from orchestrator_adapters.memory.campaign_store import InMemoryCampaignStore
from orchestrator_domain.campaign import STATUS_TABLE
from orchestrator_domain.decisions import REMEMBERED_REFUSALS, Decision, StopRequest, Verdict
from orchestrator_domain.run import Run, RunState


def begin_stopping(store: InMemoryCampaignStore, request: StopRequest, now: datetime) -> Decision:
    """Decide a StopRequest; the store's lock is held."""
    replay = replayed(store, request.campaign_id, request.key, now)
    if replay is not None:
        return replay
    decision = _decide_afresh(store, request, now)
    if decision.verdict in REMEMBERED_REFUSALS | {Verdict.STOPPING, Verdict.ALREADY_DONE}:
        remember(store, request.campaign_id, request.key, decision)
    return decision


def _decide_afresh(store: InMemoryCampaignStore, request: StopRequest, now: datetime) -> Decision:
    change = STATUS_TABLE[request.action]
    row, live = store.campaigns.get(request.campaign_id), store.live_run(request.campaign_id)
    if row is None:
        if live is None:
            return Decision(verdict=Verdict.CAMPAIGN_NOT_FOUND)
        if live.state is RunState.STOPPING:
            return Decision(verdict=Verdict.ALREADY_DONE, run=store.read_run(live, now))
        return Decision(verdict=Verdict.STOPPING, run=_stop(store, live, request, now, None, None))
    stands = row.status == change.to
    if stands and (live is None or live.state is RunState.STOPPING):
        shown = store.read_run(live, now) if live else None
        return Decision(verdict=Verdict.ALREADY_DONE, campaign=campaign_of(store, row, now), run=shown)
    if not stands and row.status not in change.allowed_from:
        shown = store.read_run(live, now) if live else None
        return Decision(verdict=Verdict.INVALID_STATE, campaign=campaign_of(store, row, now), run=shown)
    if stands:
        # Others wrote the status; only the run is left to be stopped.
        run = _stop(store, live, request, now, None, None)
    else:
        previous, row.status, row.updated_at = row.status, change.to.value, now
        run = _stop(store, live, request, now, previous, row.status)
    return Decision(verdict=Verdict.STOPPING, campaign=campaign_of(store, row, now), run=run)


def _stop(
    store: InMemoryCampaignStore,
    live: Run | None,
    request: StopRequest,
    now: datetime,
    status_from: str | None,
    status_to: str | None,
) -> Run | None:
    stopped = None
    if live is not None:
        cause = live.cause or f"{request.action.value} requested"
        stopped = store.save_run(evolve(live, state=RunState.STOPPING, cause=cause))
    store.append_event(
        request.campaign_id,
        at=now,
        kind=f"{request.action.value}_requested",
        origin=request.origin,
        run=stopped,
        status_from=status_from,
        status_to=status_to,
        run_state_from=live.state if live else None,
    )
    return store.read_run(stopped, now) if stopped else None
