"""Report: what the campaign has come to."""

from typing import Any

from attrs import asdict, frozen

from campaign_contacts.contact_book import ContactBook
from campaign_contacts.statements import rows_of
from voice_workflow.work_order import WorkOrder


class DoesNotAddUp(RuntimeError):
    """Contacts are open although no batch is left to do."""


@frozen(kw_only=True)
class Report:
    """Adds up the contacts. Its result is the execution's output, and holds nothing of any contact.

    The run is not finished from here: the orchestrator ends it when the execution has closed.
    """

    book: ContactBook

    def execute(self, order: WorkOrder) -> dict[str, Any]:
        """Raises DoesNotAddUp, psycopg.Error."""
        campaign_id = order.run.campaign_id
        totals = self.book.totals(campaign_id)
        if totals.open:
            raise DoesNotAddUp(f"{totals.open} contacts are open")
        texts = rows_of(self.book.pool, "text_totals", {"campaign_id": campaign_id})
        return {
            "campaignId": campaign_id,
            "runNumber": order.run.number,
            "contacts": asdict(totals),
            "texts": {row["text_state"]: row["texts"] for row in texts},
        }
