"""Why a campaign does not start."""

from typing import ClassVar, Final

from attrs import frozen

from campaign_orchestrator.doctor.check import Check
from campaign_orchestrator.doctor.checks.schema_version import SchemaVersion
from campaign_orchestrator.doctor.finding import Finding, ok, problem, warning
from orchestrator_domain.campaign import STATUS_TABLE, Action, CampaignStatus, actions_allowed_in
from orchestrator_domain.ports.campaign_repository import CampaignRepository
from orchestrator_domain.routing import RoutingTable

KNOWN: Final = frozenset(status.value for status in CampaignStatus)


@frozen(kw_only=True)
class CampaignStartable(Check):
    """Its row, its type and its status; whether there is a slot is told by the pool's limits."""

    name: ClassVar[str] = "campaign"
    needs: ClassVar[tuple[str, ...]] = (SchemaVersion.name,)
    campaign_id: str
    repository: CampaignRepository
    routes: RoutingTable

    def look(self) -> Finding:
        campaign = self.repository.find_campaigns([self.campaign_id]).get(self.campaign_id)
        if campaign is None:
            return problem(f"there is no campaign {self.campaign_id}", to_do="Look for it with: list --all")
        if campaign.campaign_type not in self.routes.by_type:
            what = f"{self.campaign_id} has the type {ascii(campaign.campaign_type)[:60]}, and no route leads there"
            return problem(what, to_do=f"A type must be one of {', '.join(sorted(self.routes.by_type))}.")
        if campaign.status not in KNOWN:
            what = f"{self.campaign_id} has the status {ascii(campaign.status)[:60]}, which is none"
            return problem(what, to_do=f"A status must be one of {', '.join(sorted(KNOWN))}.")
        run = campaign.latest_run
        standing = f"{self.campaign_id} is {campaign.status}" + (
            f", its run {run.number} {run.state}" if run else ""
        )
        allowed = actions_allowed_in(CampaignStatus(campaign.status))
        if not any(STATUS_TABLE[action].makes_a_run for action in allowed) and Action.PAUSE not in allowed:
            return warning(standing, to_do="Its status allows no start; only draft and scheduled campaigns start.")
        return ok(f"{standing}; that allows: {', '.join(allowed)}")
