"""What campaigns there are in memory."""

from itertools import islice

from attrs import evolve, frozen

from orchestrator_adapters.memory.admission import campaign_of
from orchestrator_adapters.memory.campaign_store import InMemoryCampaignStore
from orchestrator_domain.campaign import Campaign
from orchestrator_domain.listing import MOST_ROWS_LOOKED_AT, CampaignPage, ListQuery
from orchestrator_domain.ports.campaign_listing import CampaignListing


@frozen
class InMemoryCampaignListing(CampaignListing):
    """CampaignListing over an InMemoryCampaignStore."""

    store: InMemoryCampaignStore
    most_rows_looked_at: int = MOST_ROWS_LOOKED_AT

    def page(self, query: ListQuery) -> CampaignPage:
        with self.store.locked() as now:
            ids = sorted(found for found in self.store.campaigns if query.after is None or found > query.after)
            looked_at = ids[: self.most_rows_looked_at]
            rows = (self.store.campaigns[found] for found in looked_at)
            wanted = (row for row in rows if query.wants(status=row.status, campaign_type=row.campaign_type))
            page = [_shown(campaign_of(self.store, row, now)) for row in islice(wanted, query.limit)]
        if len(page) == query.limit:
            return CampaignPage(campaigns=page, after=page[-1].campaign_id)
        return CampaignPage(campaigns=page, after=looked_at[-1] if len(looked_at) < len(ids) else None)


def _shown(campaign: Campaign) -> Campaign:
    run = campaign.latest_run
    return evolve(campaign, config={}, latest_run=evolve(run, dispatch_input=b"") if run else None)
