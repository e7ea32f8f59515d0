"""Dispatch: begins the calls of one batch."""

from collections.abc import Callable
from typing import Any, Final

from attrs import frozen

from campaign_contacts.contact import Contact, ContactState
from campaign_contacts.contact_book import ContactBook
from campaign_contacts.message_provider import Delivery, Verdict
from orchestrator_domain.ports.run_claims import BatchLease, ClaimRefusal, RunClaims
from orchestrator_domain.run import RunState
from voice_workflow.call_book import CallBook
from voice_workflow.call_provider import Call, CallProvider
from voice_workflow.work_order import Next, WorkOrder

SECONDS_TO_END_CALLS: Final = 90.0
"""After the longest call: for the batch to begin, for the call to be hung up, and for that to be seen."""
SECONDS_OF_A_CALL_TO_BEGIN: Final = 10.0


class ProviderAway(RuntimeError):
    """No call can be placed for now; the task is tried again."""


class ProviderRefuses(RuntimeError):
    """The provider places no calls for us: the execution fails, and a retry of the campaign goes on from here."""


@frozen(kw_only=True)
class Dispatch:
    """Leases a batch for as long as its calls may last, and places each call once."""

    claims: RunClaims
    book: ContactBook
    calls: CallBook
    provider: CallProvider

    def execute(self, order: WorkOrder, *, seconds_left: Callable[[], float]) -> dict[str, Any]:
        """Raises ProviderAway, ProviderRefuses, StoreUnavailable, psycopg.Error."""
        campaign, campaign_id = order.campaign, order.run.campaign_id
        size = min(campaign.calls_at_once, self.book.totals(campaign_id).open)
        lease = self.claims.begin_batch(
            order.claim,
            lease_seconds=campaign.max_call_seconds + SECONDS_TO_END_CALLS,
            size=size,
            batch_key=order.batch_key,
        )
        if isinstance(lease, ClaimRefusal):
            return order.then(Next.LEAVE, why=lease.value)
        self.calls.open_batch(order.execution_name, order.event)
        self.calls.adopt_calls(order.run, batch=order.batch_key)
        refusal = self._place_calls(order, seconds_left)
        self.calls.note_dispatched(order.execution_name)
        if self._in_hand(order):
            return order.then(Next.MONITOR)
        return self._without_calls(order, lease, refusal)

    def _place_calls(self, order: WorkOrder, seconds_left: Callable[[], float]) -> Delivery | None:
        """Why the provider took no more, if so."""
        # A task that is tried again has contacts in hand: their client tokens find their calls, or begin them.
        in_hand = len(self._in_hand(order))
        self.calls.take_up_batch(order.run, batch=order.batch_key, size=order.campaign.calls_at_once - in_hand)
        refusal: Delivery | None = None
        for contact in self._in_hand(order):
            if contact.reference is None:
                out_of_time = seconds_left() < SECONDS_OF_A_CALL_TO_BEGIN
                if out_of_time or refusal is not None:
                    self.book.settle(contact, batch=order.batch_key, state=ContactState.PENDING)
                else:
                    refusal = self._place(order, contact)
        return refusal

    def _place(self, order: WorkOrder, contact: Contact) -> Delivery | None:
        answer = self.provider.place(
            Call(
                client_token=f"{order.run_id}-{contact.contact_id}",
                campaign_id=contact.campaign_id,
                contact_id=contact.contact_id,
                phone=contact.phone,
                variables=contact.variables,
            )
        )
        state = {
            Verdict.SENT: ContactState.CALLING,
            Verdict.CONTACT_REFUSED: ContactState.FAILED,
            Verdict.UNKNOWN: ContactState.UNKNOWN,
            Verdict.NOT_NOW: ContactState.PENDING,
            Verdict.PROVIDER_REFUSES: ContactState.PENDING,
        }[answer.verdict]
        self.book.settle(contact, batch=order.batch_key, state=state, reference=answer.reference, code=answer.code)
        return answer if state is ContactState.PENDING else None

    def _in_hand(self, order: WorkOrder) -> list[Contact]:
        in_hand = self.calls.in_hand(
            order.run.campaign_id, batch=order.batch_key, max_call_seconds=order.campaign.max_call_seconds
        )
        return [one.contact for one in in_hand]

    def _without_calls(self, order: WorkOrder, lease: BatchLease, refusal: Delivery | None) -> dict[str, Any]:
        """The batch has no call in progress: it ends here."""
        totals = self.book.totals(order.run.campaign_id)
        end = self.claims.end_batch(order.claim, lease, progress=totals.progress)
        if isinstance(end, ClaimRefusal) or end.state is not RunState.RUNNING:
            return order.then(Next.LEAVE, why="stopped")
        if refusal is not None and refusal.verdict is Verdict.PROVIDER_REFUSES:
            raise ProviderRefuses(refusal.code)
        if refusal is not None:
            raise ProviderAway(refusal.code)
        following = Next.DISPATCH if totals.open else Next.REPORT
        return order.then(following, batch_number=order.batch_number + 1)
