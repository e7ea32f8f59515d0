"""What campaigns there are."""

from abc import abstractmethod
from typing import Protocol, runtime_checkable

from orchestrator_domain.listing import CampaignPage, ListQuery


@runtime_checkable
class CampaignListing(Protocol):
    """Reads campaigns page by page. It decides nothing, and locks nothing."""

    @abstractmethod
    def page(self, query: ListQuery) -> CampaignPage:
        """The campaigns behind ``query.after`` that pass its filters, in the order of their ids.

        1. At most ``query.limit`` campaigns, and at most ``MOST_ROWS_LOOKED_AT`` rows are looked at; the page's
           ``after`` says where the next one begins, and is None only when nothing is behind.
        2. Pages that follow one another show every campaign that passes the filters all the while, once.
        3. StoreUnavailable is raised when the store does not answer in time (budgets.STORE_SECONDS).
        """
