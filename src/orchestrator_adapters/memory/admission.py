"""The in-memory twin of ``admit``."""

import json
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from attrs import frozen

from orchestrator_adapters.memory.campaign_store import CampaignRow, InMemoryCampaignStore, RequestRow
from orchestrator_domain.campaign import STATUS_TABLE, Action, Campaign
from orchestrator_domain.config_depth import NOT_TOO_DEEP, is_nested_too_deeply
from orchestrator_domain.decisions import (
    REMEMBERED_REFUSALS,
    AdmissionRequest,
    Decision,
    InvalidField,
    RequestKey,
    Verdict,
)
from orchestrator_domain.dispatch_input import dispatch_input
from orchestrator_domain.execution_name import execution_name
from orchestrator_domain.routing import Route
from orchestrator_domain.run import Run, RunState
from orchestrator_domain.shown_values import LONGEST_SHOWN_VALUE


@frozen
class Admission:
    """Decides an AdmissionRequest; the store's lock is held."""

    store: InMemoryCampaignStore
    now: datetime

    def decide(self, request: AdmissionRequest) -> Decision:
        replay = replayed(self.store, request.campaign_id, request.key, self.now)
        if replay is not None:
            own = replay.run is not None and replay.run.run_id == request.run_id
            return _as_first_delivery(replay) if own else replay
        decision = self._decide_afresh(request)
        if decision.verdict is Verdict.ADMITTED or decision.verdict in REMEMBERED_REFUSALS:
            remember(self.store, request.campaign_id, request.key, decision)
        return decision

    def _decide_afresh(self, request: AdmissionRequest) -> Decision:
        row = self.store.campaigns.get(request.campaign_id)
        if row is None:
            return Decision(verdict=Verdict.CAMPAIGN_NOT_FOUND)
        campaign = campaign_of(self.store, row, self.now)
        route = request.routes.by_type.get(row.campaign_type)
        invalid = _invalid_field(row, request.routes.campaign_types)
        if invalid is not None or route is None:
            return Decision(verdict=Verdict.INVALID_CAMPAIGN, campaign=campaign, invalid_field=invalid)
        live = self.store.live_run(row.campaign_id)
        if live is not None:
            stopping = live.state is RunState.STOPPING
            verdict = Verdict.STILL_STOPPING if stopping else Verdict.INVALID_STATE
            return Decision(verdict=verdict, campaign=campaign, run=self.store.read_run(live, self.now))
        if row.status not in STATUS_TABLE[request.action].allowed_from:
            return Decision(verdict=Verdict.INVALID_STATE, campaign=campaign)
        run = self._new_run(request, row, route)
        if len(run.dispatch_input) > route.max_input_bytes:
            return Decision(
                verdict=Verdict.PAYLOAD_TOO_LARGE,
                campaign=campaign,
                size_bytes=len(run.dispatch_input),
                limit_bytes=route.max_input_bytes,
                largest_field=_largest_field(row),
            )
        usage = self.store.usage(
            route.pool,
            default_limit=request.pools.by_name[route.pool].default_limit,
            now=self.now,
            holders_wanted=request.holders_wanted,
        )
        if not usage.admits:
            halted = usage.halted_reason is not None
            verdict = Verdict.POOL_HALTED if halted else Verdict.RESOURCE_LIMIT_REACHED
            return Decision(verdict=verdict, campaign=campaign, usage=usage)
        return self._admit(request, row, run)

    def _admit(self, request: AdmissionRequest, row: CampaignRow, run: Run) -> Decision:
        previous, row.status = row.status, STATUS_TABLE[request.action].to.value
        row.updated_at = self.now
        self.store.save_run(run)
        self.store.append_event(
            row.campaign_id,
            at=self.now,
            kind=f"{request.action.value}_admitted",
            origin=request.origin,
            run=run,
            status_from=previous,
            status_to=row.status,
        )
        return Decision(verdict=Verdict.ADMITTED, run=run)

    def _new_run(self, request: AdmissionRequest, row: CampaignRow, route: Route) -> Run:
        latest = self.store.latest_run(row.campaign_id)
        number = latest.number + 1 if latest else 1
        resumed_from = latest.number if latest and request.action is not Action.START else None
        window = route.claim_window_seconds
        return Run(
            campaign_id=row.campaign_id,
            campaign_type=row.campaign_type,
            number=number,
            run_id=request.run_id,
            pool=route.pool,
            state=RunState.DISPATCHING,
            attempts=1,
            unknown=False,
            execution_name=execution_name(row.campaign_id, number, request.run_id),
            execution_reference=None,
            dispatch_input=dispatch_input(
                route=route,
                campaign_id=row.campaign_id,
                campaign_name=row.name,
                config=row.config,
                timezone=row.timezone,
                run_id=request.run_id,
                run_number=number,
                resumed_from=resumed_from,
            ),
            resumed_from=resumed_from,
            previous_status=row.status,
            created_at=self.now,
            last_attempt_at=self.now,
            observed_at=self.now,
            not_after=self.now + timedelta(seconds=window) if window is not None else None,
        )


def campaign_of(store: InMemoryCampaignStore, row: CampaignRow, now: datetime) -> Campaign:
    latest = store.latest_run(row.campaign_id)
    return Campaign(
        campaign_id=row.campaign_id,
        name=row.name,
        campaign_type=row.campaign_type,
        status=row.status,
        config=row.config if isinstance(row.config, dict) and not is_nested_too_deeply(row.config) else {},
        timezone=row.timezone,
        updated_at=row.updated_at,
        latest_run=store.read_run(latest, now) if latest else None,
    )


def remember(store: InMemoryCampaignStore, campaign_id: str, key: RequestKey, decision: Decision) -> None:
    store.requests[campaign_id, key.key] = RequestRow(
        content_hash=key.content_hash,
        decision=decision,
        run_number=decision.run.number if decision.run else None,
    )


def replayed(store: InMemoryCampaignStore, campaign_id: str, key: RequestKey, now: datetime) -> Decision | None:
    """What was decided at the first delivery of ``key``, its run as it now stands; None for a new key."""
    row = store.requests.get((campaign_id, key.key))
    if row is None:
        return None
    if row.content_hash != key.content_hash:
        return Decision(verdict=Verdict.IDEMPOTENCY_KEY_REUSED)
    first = row.decision
    run = next((r for r in store.runs_of(campaign_id) if r.number == row.run_number), None)
    return Decision(
        verdict=first.verdict,
        replayed=True,
        campaign=first.campaign,
        run=store.read_run(run, now) if run else None,
        invalid_field=first.invalid_field,
        size_bytes=first.size_bytes,
        limit_bytes=first.limit_bytes,
        largest_field=first.largest_field,
    )


def _as_first_delivery(replay: Decision) -> Decision:
    return Decision(verdict=replay.verdict, campaign=replay.campaign, run=replay.run)


def _invalid_field(row: CampaignRow, known_types: tuple[str, ...]) -> InvalidField | None:
    if row.campaign_type not in known_types:
        return _field("type", row.campaign_type, f"one of {', '.join(known_types)}")
    if not isinstance(row.config, dict):
        return _field("config", type(row.config).__name__, "a JSON object")
    if is_nested_too_deeply(row.config):
        return _field("config", "nested too deeply", NOT_TOO_DEEP)
    if row.timezone is not None and not _is_timezone(row.timezone):
        return _field("timezone", row.timezone, "the name of an IANA time zone")
    return None


def _field(name: str, value: str, allowed: str) -> InvalidField:
    return InvalidField(name=name, value=value[:LONGEST_SHOWN_VALUE], allowed=allowed)


def _largest_field(row: CampaignRow) -> str:
    config = json.dumps(row.config, ensure_ascii=False).encode()
    return "name" if len(row.name.encode()) > len(config) else "config"


def _is_timezone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True
