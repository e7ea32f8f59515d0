"""Campaigns by status and type, page by page."""

from collections.abc import Sequence
from typing import Final

from attrs import frozen

from orchestrator_domain.campaign import Campaign
from orchestrator_domain.commands import require_campaign_id
from orchestrator_domain.errors import InvalidRequest
from orchestrator_domain.value import Value

MOST_CAMPAIGNS_PER_PAGE: Final = 1_000
MOST_FILTER_VALUES: Final = 25
LONGEST_FILTER_VALUE: Final = 64
MOST_ROWS_LOOKED_AT: Final = 10_000
"""Of one page, so that a filter that hardly any campaign passes cannot keep the store busy."""


@frozen(kw_only=True, eq=False, repr=False)
class ListQuery(Value):
    """Ask for one page of campaigns, in the order of their ids.

    Attributes:
        statuses, campaign_types: only campaigns that have one of these; empty: whatever they have. Words that no
            campaign has are no error: others write the table too.
        limit: how many campaigns a page holds at most.
        after: the id behind which the page begins; None: with the first campaign.
    """

    statuses: tuple[str, ...] = ()
    campaign_types: tuple[str, ...] = ()
    limit: int = 100
    after: str | None = None

    def __attrs_post_init__(self) -> None:
        if not 1 <= self.limit <= MOST_CAMPAIGNS_PER_PAGE:
            allowed = f"a whole number from 1 to {MOST_CAMPAIGNS_PER_PAGE}"
            raise InvalidRequest(field="limit", value=self.limit, allowed=allowed)
        for field, values in (("statuses", self.statuses), ("campaignTypes", self.campaign_types)):
            _require_words(field, values)
        if self.after is not None:
            require_campaign_id(self.after, field="cursor")

    def wants(self, *, status: str, campaign_type: str) -> bool:
        """Whether a campaign with this status and type passes the filters."""
        return (not self.statuses or status in self.statuses) and (
            not self.campaign_types or campaign_type in self.campaign_types
        )


@frozen(kw_only=True, eq=False, repr=False)
class CampaignPage(Value):
    """One page of campaigns.

    Attributes:
        campaigns: in the order of their ids, without their config and without dispatch inputs.
        after: give it to the next query to go on; None when there is nothing behind. A page may be short, or empty,
            and still have one.
    """

    campaigns: Sequence[Campaign]
    after: str | None


def _require_words(field: str, values: tuple[str, ...]) -> None:
    if len(values) > MOST_FILTER_VALUES:
        allowed = f"at most {MOST_FILTER_VALUES} words"
        raise InvalidRequest(field=field, value=f"{len(values)} words", allowed=allowed)
    for value in values:
        if not 1 <= len(value) <= LONGEST_FILTER_VALUE or not (value.isascii() and value.isprintable()):
            allowed = f"words of 1 to {LONGEST_FILTER_VALUE} printable ASCII characters"
            raise InvalidRequest(field=field, value=value, allowed=allowed)
