"""Validation: may this execution work on the run, and can the campaign be worked with?"""

from collections.abc import Mapping
from typing import Any

from attrs import frozen

from campaign_contacts.contact_book import ContactBook
from orchestrator_domain.ports.run_claims import ClaimRefusal, RunClaims
from orchestrator_domain.run import RunIdentity
from voice_workflow.voice_campaign import require_that_history_suffices, voice_campaign
from voice_workflow.work_order import Next


@frozen(kw_only=True)
class Validation:
    """Claims the run in the name of its execution. One that was redriven finds its run ended, and leaves."""

    claims: RunClaims
    book: ContactBook
    seconds_of_a_look: int

    def execute(self, order: Mapping[str, Any], *, execution_name: str) -> dict[str, Any]:
        """Raises InvalidCampaign, StoreUnavailable, psycopg.Error."""
        run = RunIdentity(campaign_id=order["campaignId"], number=order["runNumber"])
        claim = self.claims.claim(run, run_id=order["runId"], claimant=execution_name, attempt=None)
        if isinstance(claim, ClaimRefusal):
            return {"next": Next.LEAVE.value, "why": claim.value, "token": None, "batchNumber": 0}
        self.book.give_up_interrupted(run.campaign_id)
        contacts = self.book.totals(run.campaign_id).open
        require_that_history_suffices(voice_campaign(order), contacts, seconds_of_a_look=self.seconds_of_a_look)
        return {"next": Next.DISPATCH.value, "why": None, "token": claim.token, "batchNumber": 1}
