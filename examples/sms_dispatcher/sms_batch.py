"""One batch of an SMS run."""

import time
from collections.abc import Callable
from enum import StrEnum
from typing import Final

from attrs import define, evolve

from campaign_contacts.contact import Contact, ContactState
from campaign_contacts.contact_book import ContactBook
from campaign_contacts.message_provider import Delivery, Message, MessageProvider, Verdict
from campaign_contacts.message_text import TextNotWritable, text_for
from campaign_contacts.pace import Pace
from campaign_contacts.totals import Totals
from orchestrator_domain.run import RunIdentity
from sms_dispatcher.sms_campaign import SmsCampaign

PAUSES_SECONDS: Final = (0.5, 1.0, 2.0)
"""Before a message is tried again that the provider would not take just now."""
MOST_UNKNOWN_IN_A_ROW: Final = 3
"""So many lost answers, one after the other, are a provider that is away: the others wait for better times."""
SECONDS_OF_A_MESSAGE: Final = 10.0
"""No message is begun with less time left: its provider may take as long."""


class BatchVerdict(StrEnum):
    """DONE: every contact of it. PROVIDER_AWAY: for now. PROVIDER_REFUSES: until somebody repairs it."""

    DONE = "done"
    OUT_OF_TIME = "out_of_time"
    PROVIDER_AWAY = "provider_away"
    PROVIDER_REFUSES = "provider_refuses"


@define(kw_only=True)
class SmsBatch:
    """Sends to the contacts of one leased batch.

    Attributes:
        token: of the lease; the contacts that are taken up carry it.
        seconds_left: until the invocation is ended.
        totals: of the campaign, kept up as contacts are settled.
        code: why the provider would not go on, if so.
    """

    book: ContactBook
    provider: MessageProvider
    campaign: SmsCampaign
    pace: Pace
    run: RunIdentity
    token: str
    totals: Totals
    seconds_left: Callable[[], float]
    code: str | None = None
    _unknown_in_a_row: int = 0

    def send(self) -> BatchVerdict:
        """Send to each contact once. What is not reached stays pending."""
        batch = self.book.take_batch(self.run, batch=self.token, size=self.campaign.batch_size)
        self.totals = evolve(self.totals, skipped=self.totals.skipped + batch.skipped)
        for contact in batch.contacts:
            if self.seconds_left() < SECONDS_OF_A_MESSAGE:
                return BatchVerdict.OUT_OF_TIME
            self.pace.wait()
            if not self.book.take_up(self.run, contact, batch=self.token):
                continue
            stopped = self._send_to(contact)
            if stopped is not None:
                return stopped
        return BatchVerdict.DONE

    def _send_to(self, contact: Contact) -> BatchVerdict | None:
        """Why the batch cannot go on after this contact; None: it can."""
        try:
            text = text_for(self.campaign.text, contact.variables)
        except TextNotWritable as error:
            self._settle(contact, ContactState.FAILED, Delivery(verdict=Verdict.CONTACT_REFUSED, code=str(error)))
            return None
        delivery = self._delivered(contact, text)
        self._unknown_in_a_row = self._unknown_in_a_row + 1 if delivery.verdict is Verdict.UNKNOWN else 0
        match delivery.verdict:
            case Verdict.SENT:
                self._settle(contact, ContactState.SENT, delivery)
            case Verdict.CONTACT_REFUSED:
                self._settle(contact, ContactState.FAILED, delivery)
            case Verdict.UNKNOWN:
                self._settle(contact, ContactState.UNKNOWN, delivery)
                if self._unknown_in_a_row >= MOST_UNKNOWN_IN_A_ROW:
                    return self._stopped(BatchVerdict.PROVIDER_AWAY, delivery)
            case Verdict.NOT_NOW | Verdict.PROVIDER_REFUSES:
                self.book.settle(contact, batch=self.token, state=ContactState.PENDING)
                away = delivery.verdict is Verdict.NOT_NOW
                verdict = BatchVerdict.PROVIDER_AWAY if away else BatchVerdict.PROVIDER_REFUSES
                return self._stopped(verdict, delivery)
        return None

    def _delivered(self, contact: Contact, text: str) -> Delivery:
        message = Message(
            campaign_id=contact.campaign_id, contact_id=contact.contact_id, phone=contact.phone, text=text
        )
        delivery = self.provider.send(message)
        for pause in PAUSES_SECONDS:
            if delivery.verdict is not Verdict.NOT_NOW or self.seconds_left() < pause + SECONDS_OF_A_MESSAGE:
                break
            time.sleep(pause)
            delivery = self.provider.send(message)
        return delivery

    def _settle(self, contact: Contact, state: ContactState, delivery: Delivery) -> None:
        self.book.settle(contact, batch=self.token, state=state, reference=delivery.reference, code=delivery.code)
        counted: dict[str, int] = {state.value: getattr(self.totals, state.value) + 1}
        self.totals = evolve(self.totals, **counted)

    def _stopped(self, verdict: BatchVerdict, delivery: Delivery) -> BatchVerdict:
        self.code = delivery.code
        return verdict
