"""What is asked about campaigns."""

from typing import Final

from attrs import frozen

from orchestrator_domain.commands import require_campaign_id
from orchestrator_domain.errors import InvalidRequest
from orchestrator_domain.value import Value

MOST_CAMPAIGNS_PER_STATUS: Final = 25


@frozen(kw_only=True, eq=False, repr=False)
class StatusQuery(Value):
    """Ask for the pools (no id), or for up to 25 campaigns."""

    campaign_ids: tuple[str, ...] = ()

    def __attrs_post_init__(self) -> None:
        if len(self.campaign_ids) > MOST_CAMPAIGNS_PER_STATUS:
            raise InvalidRequest(
                field="campaignIds",
                value=f"{len(self.campaign_ids)} ids",
                allowed=f"at most {MOST_CAMPAIGNS_PER_STATUS} ids",
            )


@frozen(kw_only=True, eq=False, repr=False)
class HistoryQuery(Value):
    """Ask for a campaign's audit trail."""

    campaign_id: str

    def __attrs_post_init__(self) -> None:
        require_campaign_id(self.campaign_id, field="campaignId")
