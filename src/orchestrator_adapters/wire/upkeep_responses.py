"""Answers of reconcile and history as camelCase responses."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from attrs import field, frozen

from orchestrator_adapters.wire.response_writing import ALWAYS, write
from orchestrator_domain.decisions import HistoryEntry
from orchestrator_domain.status_answers import HistoryAnswer
from orchestrator_domain.upkeep_answers import PoolReconciliation, ReconcileAnswer


@frozen(kw_only=True)
class RepairResponse:
    campaign_id: str
    run_number: int
    repair: str
    why: str | None = None


@frozen(kw_only=True)
class OrphanResponse:
    execution_name: str
    campaign_id: str | None = None
    run_number: int | None = None
    why: str
    stopped: bool


@frozen(kw_only=True)
class ReconciledPoolResponse:
    looked_at: int
    campaign_ids: Sequence[str]
    repairs: Sequence[RepairResponse]
    orphans: Sequence[OrphanResponse]
    foreign_executions: int
    complete: bool
    projection: str


@frozen(kw_only=True)
class HistoryEntryResponse:
    at: datetime
    kind: str
    run_number: int | None = None
    status_from: str | None = None
    status_to: str | None = None
    run_state_from: str | None = None
    run_state_to: str | None = None
    source: str
    actor: str | None = None
    request_id: str | None = None
    reason: str | None = None
    cause: str | None = None
    detail: Mapping[str, Any]


@frozen(kw_only=True)
class UpkeepResponse:
    """The answer to a reconcile or history request."""

    action: str
    success: bool = True
    campaign_id: str | None = None
    dry_run: bool | None = None
    pools: Mapping[str, ReconciledPoolResponse] | None = None
    cursor: Mapping[str, str | None] | None = field(default=None, metadata=ALWAYS)
    history: Sequence[HistoryEntryResponse] | None = None


def reconcile_response(answer: ReconcileAnswer) -> dict[str, Any]:
    """What was looked at and repaired, per pool, and where to go on."""
    return write(
        UpkeepResponse(
            action="reconcile",
            dry_run=answer.dry_run,
            pools={one.pool: _pool(one) for one in answer.pools},
            cursor=answer.cursor,
        )
    )


def history_response(answer: HistoryAnswer) -> dict[str, Any]:
    """The audit trail, oldest first."""
    response = write(
        UpkeepResponse(
            action="history", campaign_id=answer.campaign_id, history=[_entry(one) for one in answer.entries]
        )
    )
    del response["cursor"]
    return response


def _pool(one: PoolReconciliation) -> ReconciledPoolResponse:
    repairs = [
        RepairResponse(
            campaign_id=repair.campaign_id,
            run_number=repair.run_number,
            repair=repair.repair.value,
            why=repair.why,
        )
        for repair in one.repairs
    ]
    orphans = [
        OrphanResponse(
            execution_name=orphan.execution_name,
            campaign_id=orphan.campaign_id,
            run_number=orphan.run_number,
            why=orphan.why,
            stopped=orphan.stopped,
        )
        for orphan in one.orphans
    ]
    return ReconciledPoolResponse(
        looked_at=len(one.looked_at),
        campaign_ids=one.looked_at,
        repairs=repairs,
        orphans=orphans,
        foreign_executions=one.foreign_executions,
        complete=one.complete,
        projection=one.projection.value,
    )


def _entry(one: HistoryEntry) -> HistoryEntryResponse:
    return HistoryEntryResponse(
        at=one.at,
        kind=one.kind,
        run_number=one.run_number,
        status_from=one.status_from,
        status_to=one.status_to,
        run_state_from=one.run_state_from,
        run_state_to=one.run_state_to,
        source=one.origin.source,
        actor=one.origin.actor,
        request_id=one.origin.request_id,
        reason=one.origin.reason,
        cause=one.cause,
        detail=one.detail,
    )
