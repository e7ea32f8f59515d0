"""Read a campaign's audit trail."""

from attrs import frozen

from orchestrator_domain import budgets
from orchestrator_domain.ports.campaign_repository import CampaignRepository
from orchestrator_domain.ports.deadline import Deadline
from orchestrator_domain.queries import HistoryQuery
from orchestrator_domain.status_answers import HistoryAnswer
from orchestrator_domain.use_cases.time_left import require_time

MOST_ENTRIES = 500


@frozen(kw_only=True, eq=False, repr=False)
class ShowHistory:
    """Read a campaign's audit trail.

    - The latest 500 changes of the campaign and its runs, oldest first: what, from, to, who, why, when.
    - A campaign that was deleted keeps its history.
    """

    repository: CampaignRepository

    def execute(self, query: HistoryQuery, deadline: Deadline) -> HistoryAnswer:
        require_time(deadline, budgets.STORE_SECONDS)
        entries = self.repository.history(query.campaign_id, limit=MOST_ENTRIES)
        return HistoryAnswer(campaign_id=query.campaign_id, entries=entries)
