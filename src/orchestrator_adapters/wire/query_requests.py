"""Direct events that ask, or that start a reconciliation, become queries and commands."""

from collections.abc import Mapping
from typing import Any

from attrs import frozen

from orchestrator_adapters.wire.event_reading import read_event
from orchestrator_adapters.wire.requests import printable
from orchestrator_domain.commands import Origin
from orchestrator_domain.errors import InvalidRequest
from orchestrator_domain.queries import HistoryQuery, StatusQuery
from orchestrator_domain.upkeep_commands import ReconcileCommand


@frozen(kw_only=True)
class StatusEvent:
    """``{"action": "status"}``, with ``campaignId`` or ``campaignIds`` or neither."""

    action: str
    campaign_id: str | None = None
    campaign_ids: list[str] | None = None


@frozen(kw_only=True)
class HistoryEvent:
    """``{"action": "history", "campaignId": ...}``."""

    action: str
    campaign_id: str


@frozen(kw_only=True)
class ReconcileEvent:
    """``{"action": "reconcile"}``, with the cursor of an earlier answer, a limit, and whether it is a dry run."""

    action: str
    limit: int = 100
    cursor: dict[str, str | None] | None = None
    dry_run: bool = False
    actor: str | None = None


def status_query(event: Mapping[str, Any]) -> StatusQuery:
    """The query of a status event.

    Raises:
        InvalidRequest: names the field.
    """
    request = read_event(event, StatusEvent)
    if request.campaign_id is not None and request.campaign_ids is not None:
        raise InvalidRequest(field="campaignIds", value=request.campaign_ids, allowed="absent beside campaignId")
    if request.campaign_id is not None:
        return StatusQuery(campaign_ids=(request.campaign_id,))
    if request.campaign_ids is not None and not request.campaign_ids:
        raise InvalidRequest(field="campaignIds", value=request.campaign_ids, allowed="1 to 25 ids")
    return StatusQuery(campaign_ids=tuple(request.campaign_ids or ()))


def history_query(event: Mapping[str, Any]) -> HistoryQuery:
    """The query of a history event. Raises InvalidRequest, naming the field."""
    return HistoryQuery(campaign_id=read_event(event, HistoryEvent).campaign_id)


def reconcile_command(event: Mapping[str, Any], *, request_id: str) -> ReconcileCommand:
    """The command of a reconcile event. Raises InvalidRequest, naming the field."""
    request = read_event(event, ReconcileEvent)
    return ReconcileCommand(
        origin=Origin(source="reconcile", actor=printable(request.actor, "actor"), request_id=request_id),
        limit=request.limit,
        cursor=request.cursor,
        dry_run=request.dry_run,
    )
