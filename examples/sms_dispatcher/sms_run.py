"""Works on one SMS run, batch after batch."""

from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Any, Final

from attrs import frozen

from campaign_contacts.contact_book import ContactBook
from campaign_contacts.message_provider import MessageProvider
from campaign_contacts.pace import Pace
from campaign_contacts.totals import Totals
from orchestrator_domain.ports.run_claims import Claim, ClaimRefusal, RunClaims
from orchestrator_domain.run import RunIdentity, RunOutcome, RunState
from sms_dispatcher.sms_batch import SECONDS_OF_A_MESSAGE, BatchVerdict, SmsBatch
from sms_dispatcher.sms_campaign import InvalidCampaign, SmsCampaign, sms_campaign

SECONDS_KEPT_BACK: Final = 5.0
"""Of an invocation: a lease that ends this long before it cannot outlive its holder."""
LEAST_SECONDS_FOR_A_BATCH: Final = SECONDS_OF_A_MESSAGE + SECONDS_KEPT_BACK + 1.0


class ProviderAway(RuntimeError):
    """The message provider takes nothing for now. The invocation fails on purpose: Lambda tries it again."""


class Ended(StrEnum):
    """How an invocation's work ended.

    REFUSED: the run was not ours to claim, or no batch may begin. STOPPED: with a batch, by a pause or a stop.
    OUT_OF_TIME: the run goes on with the next invocation. FINISHED, FAILED: the run has ended.
    """

    REFUSED = "refused"
    STOPPED = "stopped"
    OUT_OF_TIME = "out_of_time"
    FINISHED = "finished"
    FAILED = "failed"


@frozen(kw_only=True)
class Report:
    """What an invocation has come to. ``why``: a stable word, where there is one."""

    ended: Ended
    why: str | None = None
    totals: Totals | None = None


@frozen(kw_only=True)
class SmsRun:
    """Claims a run once, leases each batch, and finishes the run when every contact is accounted for."""

    claims: RunClaims
    book: ContactBook
    provider: MessageProvider

    def work(self, order: Mapping[str, Any], *, claimant: str, seconds_left: Callable[[], float]) -> Report:
        """Work on the run of a dispatch input.

        Raises:
            ProviderAway: nothing can be sent for now; every contact is as it should be.
            StoreUnavailable, psycopg.Error: the database does not answer.
        """
        run = RunIdentity(campaign_id=order["campaignId"], number=order["runNumber"])
        claim = self.claims.claim(run, run_id=order["runId"], claimant=claimant, attempt=order.get("attempt"))
        if isinstance(claim, ClaimRefusal):
            return Report(ended=Ended.REFUSED, why=claim.value)
        self.book.give_up_interrupted(run.campaign_id)
        totals = self.book.totals(run.campaign_id)
        try:
            campaign = sms_campaign(order)
        except InvalidCampaign as error:
            return self._finish(claim, RunOutcome.FAILED, totals, cause=f"invalid_campaign: {error}")
        return self._batches(claim, campaign, totals, seconds_left)

    def _batches(
        self, claim: Claim, campaign: SmsCampaign, totals: Totals, seconds_left: Callable[[], float]
    ) -> Report:
        pace = Pace(campaign.messages_per_second)
        while totals.open:
            seconds = seconds_left()
            if seconds < LEAST_SECONDS_FOR_A_BATCH:
                return Report(ended=Ended.OUT_OF_TIME, totals=totals)
            size = min(campaign.batch_size, totals.open)
            # Lambda ends the invocation when the lease has just ended: nobody sends under an expired one.
            lease = self.claims.begin_batch(claim, lease_seconds=seconds - SECONDS_KEPT_BACK, size=size)
            if isinstance(lease, ClaimRefusal):
                return Report(ended=Ended.REFUSED, why=lease.value, totals=totals)
            batch = SmsBatch(
                book=self.book,
                provider=self.provider,
                campaign=campaign,
                pace=pace,
                run=claim.identity,
                token=lease.token,
                totals=totals,
                seconds_left=seconds_left,
            )
            try:
                verdict = batch.send()
            finally:
                # Also of a batch that broke off: what is open goes on sooner than its lease would end.
                end = self.claims.end_batch(claim, lease, progress=batch.totals.progress)
            totals = batch.totals
            if isinstance(end, ClaimRefusal) or end.state is not RunState.RUNNING:
                return Report(ended=Ended.STOPPED, totals=totals)
            if verdict is BatchVerdict.PROVIDER_REFUSES:
                return self._finish(claim, RunOutcome.FAILED, totals, cause=f"provider_refuses:{batch.code}")
            if verdict is BatchVerdict.PROVIDER_AWAY:
                raise ProviderAway(batch.code)
            if not totals.open:
                totals = self.book.totals(claim.identity.campaign_id)
        return self._finish(claim, RunOutcome.SUCCEEDED, totals, cause=totals.cause)

    def _finish(self, claim: Claim, outcome: RunOutcome, totals: Totals, *, cause: str | None) -> Report:
        end = self.claims.finish(claim, outcome=outcome, progress=totals.progress, cause=cause)
        if isinstance(end, ClaimRefusal):
            return Report(ended=Ended.REFUSED, why=end.value, totals=totals)
        ended = Ended.FINISHED if outcome is RunOutcome.SUCCEEDED else Ended.FAILED
        return Report(ended=ended, why=cause, totals=totals)
