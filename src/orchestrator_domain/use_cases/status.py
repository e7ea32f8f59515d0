"""Tell how the pools or some campaigns stand."""

from attrs import frozen

from orchestrator_domain import budgets
from orchestrator_domain.answers import ProjectionState
from orchestrator_domain.campaign import Campaign
from orchestrator_domain.commands import require_campaign_id
from orchestrator_domain.errors import (
    CampaignNotFound,
    InvalidRequest,
    LedgerUnavailable,
    OrchestratorError,
)
from orchestrator_domain.pools import Pools, PoolUsage
from orchestrator_domain.ports.campaign_repository import CampaignRepository
from orchestrator_domain.ports.deadline import Deadline
from orchestrator_domain.ports.slot_ledger import SlotLedger
from orchestrator_domain.queries import StatusQuery
from orchestrator_domain.status_answers import PoolStatus, StatusAnswer
from orchestrator_domain.use_cases.time_left import require_time

MOST_HOLDERS_SHOWN = 1_000


@frozen(kw_only=True, eq=False, repr=False)
class ShowStatus:
    """Tell how the pools or some campaigns stand.

    - Without an id: every pool with its active campaigns, limit, free slots and utilisation, as the
      repository holds them; ``projection`` tells whether the slot ledger shows the same.
    - With ids: each campaign with its latest run, or the error of that id alone.
    """

    repository: CampaignRepository
    ledger: SlotLedger
    pools: Pools

    def execute(self, query: StatusQuery, deadline: Deadline) -> StatusAnswer:
        require_time(deadline, budgets.STORE_SECONDS)
        if query.campaign_ids:
            return StatusAnswer(pools=(), campaigns=self._campaigns(query.campaign_ids))
        return StatusAnswer(pools=self._pools(), campaigns={})

    def _pools(self) -> tuple[PoolStatus, ...]:
        usages = self.repository.pool_usage(self.pools, holders_wanted=MOST_HOLDERS_SHOWN)
        try:
            shown = self.ledger.usage([usage.name for usage in usages])
        except LedgerUnavailable:
            return tuple(PoolStatus(usage=usage, projection=ProjectionState.STALE) for usage in usages)
        return tuple(
            PoolStatus(usage=usage, projection=_compare(usage, shown.get(usage.name, frozenset())))
            for usage in usages
        )

    def _campaigns(self, campaign_ids: tuple[str, ...]) -> dict[str, Campaign | OrchestratorError]:
        answers: dict[str, Campaign | OrchestratorError] = {}
        for campaign_id in campaign_ids:
            try:
                require_campaign_id(campaign_id, field="campaignId")
            except InvalidRequest as invalid:
                answers[campaign_id] = invalid
            else:
                answers[campaign_id] = CampaignNotFound(campaign_id=campaign_id)
        asked = [campaign_id for campaign_id, answer in answers.items() if isinstance(answer, CampaignNotFound)]
        return answers | dict(self.repository.find_campaigns(asked) if asked else {})


def _compare(usage: PoolUsage, shown: frozenset[str]) -> ProjectionState:
    held = {holder.campaign_id for holder in usage.holders}
    same = shown == held if len(held) == usage.active else len(shown) == usage.active
    return ProjectionState.CURRENT if same else ProjectionState.STALE
