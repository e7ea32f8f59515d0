"""Tell which campaigns there are."""

from attrs import frozen

from orchestrator_domain import budgets
from orchestrator_domain.listing import CampaignPage, ListQuery
from orchestrator_domain.ports.campaign_listing import CampaignListing
from orchestrator_domain.ports.deadline import Deadline
from orchestrator_domain.use_cases.time_left import require_time


@frozen(kw_only=True, eq=False, repr=False)
class ListCampaigns:
    """Tell which campaigns there are, page by page, by status and type."""

    listing: CampaignListing

    def execute(self, query: ListQuery, deadline: Deadline) -> CampaignPage:
        require_time(deadline, budgets.STORE_SECONDS)
        return self.listing.page(query)
