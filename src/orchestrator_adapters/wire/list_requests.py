"""Direct events that list campaigns become queries, and pages become camelCase responses."""

from collections.abc import Mapping
from typing import Any

from attrs import frozen

from orchestrator_adapters.wire.event_reading import read_event
from orchestrator_adapters.wire.status_responses import campaign_response
from orchestrator_domain.listing import CampaignPage, ListQuery
from orchestrator_domain.routing import RoutingTable


@frozen(kw_only=True)
class ListEvent:
    """``{"action": "list"}``, with the filters, how many, and the cursor of an earlier answer."""

    action: str
    statuses: list[str] | None = None
    campaign_types: list[str] | None = None
    limit: int = 100
    cursor: str | None = None


def list_query(event: Mapping[str, Any]) -> ListQuery:
    """The query of a list event. Raises InvalidRequest, naming the field."""
    request = read_event(event, ListEvent)
    return ListQuery(
        statuses=tuple(request.statuses or ()),
        campaign_types=tuple(request.campaign_types or ()),
        limit=request.limit,
        after=request.cursor,
    )


def list_response(page: CampaignPage, *, routes: RoutingTable) -> dict[str, Any]:
    """Each campaign as a status request would answer it, and the cursor to go on with."""
    return {
        "action": "list",
        "success": True,
        "campaigns": [campaign_response(campaign, routes) for campaign in page.campaigns],
        "cursor": page.after,
    }
