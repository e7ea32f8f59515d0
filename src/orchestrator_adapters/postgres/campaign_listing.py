"""What campaigns there are in PostgreSQL."""

from attrs import frozen

from orchestrator_adapters.postgres import rows
from orchestrator_adapters.postgres.doors import Doors
from orchestrator_domain.listing import MOST_ROWS_LOOKED_AT, CampaignPage, ListQuery
from orchestrator_domain.ports.campaign_listing import CampaignListing


@frozen(eq=False, repr=False)
class PostgresCampaignListing(CampaignListing):
    """CampaignListing over the function in ``doors/``."""

    doors: Doors
    most_rows_looked_at: int = MOST_ROWS_LOOKED_AT

    def page(self, query: ListQuery) -> CampaignPage:
        found = self.doors.call(
            "campaign_list",
            {
                "statuses": list(query.statuses),
                "campaign_types": list(query.campaign_types),
                "limit": query.limit,
                "after": query.after,
                "most_rows": self.most_rows_looked_at,
            },
        )
        return CampaignPage(
            campaigns=[
                rows.campaign_of(row, rows.run_of(row["latest_run"]) if row.get("latest_run") else None)
                for row in found["campaigns"]
            ],
            after=found["after"],
        )
