"""Monitor: watches the calls of a batch until they have ended."""

import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Final

from attrs import field, frozen

from campaign_contacts.contact import ContactState
from campaign_contacts.contact_book import ContactBook
from orchestrator_domain.ports.run_claims import BatchLease, ClaimRefusal, RunClaims
from orchestrator_domain.run import RunState
from voice_workflow.call_book import CallBook, ContactInHand
from voice_workflow.call_provider import CallPhase, CallProvider, CallSeen
from voice_workflow.text_requests import TextRequests
from voice_workflow.work_order import Next, WorkOrder

SECONDS_BETWEEN_LOOKS: Final = 1.0
NEVER_READ: Final = datetime.max.replace(tzinfo=UTC)
"""A batch is ended by its token; how long it was leased for does not matter then."""
SECONDS_TO_ANSWER: Final = 10.0
"""Kept back of the invocation's time."""


@frozen(kw_only=True)
class Monitor:
    """Records how each call of the batch has ended, and asks for the texts of answered ones.

    It goes on also when the run is being stopped: calls that have begun are seen to their end, and the run rests
    when the last one has ended.
    """

    claims: RunClaims
    book: ContactBook
    calls: CallBook
    provider: CallProvider
    texts: TextRequests
    seconds_of_a_look: int
    sleep: Callable[[float], None] = field(default=time.sleep)

    def execute(self, order: WorkOrder, *, seconds_left: Callable[[], float]) -> dict[str, Any]:
        """Raises StoreUnavailable, psycopg.Error."""
        give_up_with = max(seconds_left() - self.seconds_of_a_look, SECONDS_TO_ANSWER)
        while self.look(order):
            if seconds_left() < give_up_with:
                return order.then(Next.MONITOR)
            self.sleep(SECONDS_BETWEEN_LOOKS)
        return self.end_batch(order)

    def look(self, order: WorkOrder) -> bool:
        """Look at every call of the batch once; whether some are left. Raises psycopg.Error."""
        in_hand = self._in_hand(order)
        for one in in_hand:
            self._look_at(one, order)
        return bool(in_hand)

    def _in_hand(self, order: WorkOrder) -> list[ContactInHand]:
        return self.calls.in_hand(
            order.run.campaign_id, batch=order.batch_key, max_call_seconds=order.campaign.max_call_seconds
        )

    def _look_at(self, one: ContactInHand, order: WorkOrder) -> None:
        reference = one.contact.reference
        seen = self.provider.look(reference) if reference else None
        if seen is not None and seen.phase is CallPhase.ANSWERED and one.text_is_due:
            self.texts.ask_for(one.contact, order.campaign)
        if seen is not None and seen.phase is CallPhase.ENDED:
            self._record_end(one, seen, order)
        elif one.lost:
            self._settle(one, order, ContactState.UNKNOWN, "call_never_seen_to_end")
        elif one.overdue and reference:
            self.provider.hang_up(reference)

    def _record_end(self, one: ContactInHand, seen: CallSeen, order: WorkOrder) -> None:
        state = ContactState.SENT if seen.answered else ContactState.FAILED
        self._settle(one, order, state, seen.code)

    def _settle(self, one: ContactInHand, order: WorkOrder, state: ContactState, code: str | None) -> None:
        self.book.settle(one.contact, batch=order.batch_key, state=state, code=code)

    def end_batch(self, order: WorkOrder) -> dict[str, Any]:
        """End a batch whose calls have all ended; what comes next. Raises StoreUnavailable, psycopg.Error."""
        totals = self.book.totals(order.run.campaign_id)
        lease = BatchLease(token=order.batch_key, until=NEVER_READ)
        end = self.claims.end_batch(order.claim, lease, progress=totals.progress)
        if isinstance(end, ClaimRefusal):
            return order.then(Next.LEAVE, why=end.value)
        if end.state is not RunState.RUNNING:
            return order.then(Next.LEAVE, why="stopped")
        following = Next.DISPATCH if totals.open else Next.REPORT
        return order.then(following, batch_number=order.batch_number + 1)
