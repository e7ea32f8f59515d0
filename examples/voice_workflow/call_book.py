"""The calls of a batch, kept with the contacts."""

import json
from collections.abc import Mapping
from typing import Any

from attrs import frozen

from campaign_contacts.contact import Contact, ContactState
from campaign_contacts.statements import rows_of
from orchestrator_adapters.postgres.connection_pool import BoundedPool
from orchestrator_domain.run import RunIdentity


@frozen(kw_only=True)
class ContactInHand:
    """A contact that a batch is at.

    Attributes:
        overdue: the call has gone on for longer than a call may.
        lost: and was asked to end half a minute ago.
        text_is_due: nothing was done yet about the text during the call.
    """

    contact: Contact
    state: ContactState
    overdue: bool
    lost: bool
    text_is_due: bool


@frozen(kw_only=True)
class BatchOfCalls:
    """The work order of a batch. ``is_placed``: nobody is placing its calls any more."""

    work_order: Mapping[str, Any]
    is_placed: bool


@frozen
class CallBook:
    """What the voice workflow keeps beside the ContactBook. Raises psycopg.Error as that does."""

    pool: BoundedPool

    def open_batch(self, execution_name: str, work_order: Mapping[str, Any]) -> None:
        """Note what the execution is at, so that its calls are watched also when it is aborted."""
        parameters = {"execution_name": execution_name, "work_order": json.dumps(work_order)}
        rows_of(self.pool, "open_voice_batch", parameters)

    def note_dispatched(self, execution_name: str) -> None:
        """Every call of the batch has been placed, or will not be."""
        rows_of(self.pool, "note_voice_batch_dispatched", {"execution_name": execution_name})

    def batch_of(self, execution_name: str) -> BatchOfCalls | None:
        """What the execution is at; None when it has begun no batch."""
        rows = rows_of(self.pool, "voice_batch", {"execution_name": execution_name})
        return BatchOfCalls(**rows[0]) if rows else None

    def take_up_batch(self, run: RunIdentity, *, batch: str, size: int) -> None:
        """Make the next ``size`` contacts this batch's own, and skip those of them that have opted out."""
        parameters = {"campaign_id": run.campaign_id, "run_number": run.number, "batch": batch, "size": size}
        rows_of(self.pool, "take_up_batch", parameters)

    def adopt_calls(self, run: RunIdentity, *, batch: str) -> int:
        """Make the calls that an earlier run has left this batch's own; returns how many."""
        parameters = {"campaign_id": run.campaign_id, "run_number": run.number, "batch": batch}
        return len(rows_of(self.pool, "adopt_calls", parameters))

    def in_hand(self, campaign_id: str, *, batch: str, max_call_seconds: int) -> list[ContactInHand]:
        """The contacts that the batch is at."""
        parameters = {"campaign_id": campaign_id, "batch": batch, "max_call_seconds": max_call_seconds}
        return [
            ContactInHand(
                contact=Contact(
                    campaign_id=campaign_id,
                    contact_id=row["contact_id"],
                    phone=row["phone"],
                    variables=row["variables"],
                    reference=row["reference"],
                ),
                state=ContactState(row["state"]),
                overdue=row["overdue"],
                lost=row["lost"],
                text_is_due=row["text_state"] is None,
            )
            for row in rows_of(self.pool, "in_hand", parameters)
        ]
