"""Status answers as camelCase responses."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from attrs import field as attribute
from attrs import frozen

from orchestrator_adapters.wire.response_writing import ALWAYS, write
from orchestrator_adapters.wire.responses import error_response, execution_arn_of
from orchestrator_domain.campaign import Campaign
from orchestrator_domain.errors import OrchestratorError
from orchestrator_domain.pools import PoolUsage
from orchestrator_domain.routing import RoutingTable
from orchestrator_domain.run import Run
from orchestrator_domain.shown_values import harmless
from orchestrator_domain.status_answers import PoolStatus, StatusAnswer

STORED, DEFAULT = "stored", "default"


@frozen(kw_only=True)
class PoolResponse:
    active: int
    limit: int
    limit_source: str
    available: int
    utilization_percent: float
    active_campaign_ids: Sequence[str]
    halted: str | None = None
    projection: str


@frozen(kw_only=True)
class ProgressResponse:
    total: int
    sent: int
    skipped: int
    failed: int


@frozen(kw_only=True)
class RunResponse:
    run_id: str
    number: int
    state: str
    attempts: int
    created_at: datetime
    dispatched_at: datetime | None = None
    acknowledged_at: datetime | None = None
    last_heartbeat_at: datetime | None = None
    ended_at: datetime | None = None
    outcome: str | None = None
    cause: str | None = None
    in_flight: int | None = None
    progress: ProgressResponse | None = None


@frozen(kw_only=True)
class CampaignResponse:
    campaign_id: str
    campaign_type: str
    action: str = "status"
    success: bool = True
    name: str
    status: str
    pool: str | None = attribute(default=None, metadata=ALWAYS)
    execution_arn: str | None = attribute(default=None, metadata=ALWAYS)
    updated_at: datetime | None = attribute(default=None, metadata=ALWAYS)
    run: RunResponse | None = attribute(default=None, metadata=ALWAYS)


def status_response(answer: StatusAnswer, *, single: bool, routes: RoutingTable) -> dict[str, Any]:
    """All pools, or one campaign (``single``), or a result or error for each id."""
    if answer.pools:
        return {"action": "status", "success": True, "pools": _pools(answer.pools)}
    campaigns = _campaigns(answer.campaigns, routes)
    if single:
        (only,) = campaigns.values()
        return only
    return {"action": "status", "success": True, "campaigns": campaigns}


def _pools(pools: Sequence[PoolStatus]) -> dict[str, Any]:
    return {
        status.usage.name: write(
            PoolResponse(
                active=status.usage.active,
                limit=status.usage.limit,
                limit_source=limit_source(status.usage),
                available=status.usage.available,
                utilization_percent=status.usage.utilization_percent,
                active_campaign_ids=[holder.campaign_id for holder in status.usage.holders],
                halted=status.usage.halted_reason,
                projection=status.projection.value,
            )
        )
        for status in pools
    }


def limit_source(usage: PoolUsage) -> str:
    """Where the limit in force comes from: ``stored`` at run time, or the ``default`` of the environment."""
    return STORED if usage.limit_is_stored else DEFAULT


def _campaigns(
    answers: Mapping[str, Campaign | OrchestratorError], routes: RoutingTable
) -> dict[str, dict[str, Any]]:
    return {
        harmless(asked): error_response(answer, campaign_id=harmless(asked), action="status")
        if isinstance(answer, OrchestratorError)
        else campaign_response(answer, routes)
        for asked, answer in answers.items()
    }


def campaign_response(campaign: Campaign, routes: RoutingTable) -> dict[str, Any]:
    """One campaign with its latest run."""
    run = campaign.latest_run
    return write(
        CampaignResponse(
            campaign_id=campaign.campaign_id,
            campaign_type=campaign.campaign_type,
            name=campaign.name,
            status=campaign.status,
            pool=run.pool if run else routes.pool_of(campaign.campaign_type),
            execution_arn=execution_arn_of(run),
            updated_at=campaign.updated_at,
            run=_run(run) if run else None,
        )
    )


def _run(run: Run) -> RunResponse:
    progress = run.progress
    return RunResponse(
        run_id=run.run_id,
        number=run.number,
        state=run.state.value,
        attempts=run.attempts,
        created_at=run.created_at,
        dispatched_at=run.dispatched_at,
        acknowledged_at=run.acknowledged_at,
        last_heartbeat_at=run.last_heartbeat_at,
        ended_at=run.ended_at,
        outcome=run.outcome.value if run.outcome else None,
        cause=run.cause,
        in_flight=run.in_flight or None,
        progress=ProgressResponse(
            total=progress.total, sent=progress.sent, skipped=progress.skipped, failed=progress.failed
        )
        if progress.total
        else None,
    )
