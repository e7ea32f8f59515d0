"""What has become of each contact, kept in PostgreSQL.

A contact is taken up, in a commit of its own, before anything is sent to it, and by one batch only. So it is never
sent to twice, whoever dies when; and what a dead process leaves taken up is told as unknown.
"""

from attrs import frozen

from campaign_contacts.contact import Contact, ContactState
from campaign_contacts.statements import rows_of
from campaign_contacts.totals import Totals
from orchestrator_adapters.postgres.connection_pool import BoundedPool
from orchestrator_domain.run import RunIdentity


@frozen(kw_only=True)
class BatchOfContacts:
    """What a batch has to do. ``skipped``: how many have opted out."""

    contacts: list[Contact]
    skipped: int


@frozen
class ContactBook:
    """The contacts of every campaign. Every method raises psycopg.Error when the database does not answer."""

    pool: BoundedPool

    def totals(self, campaign_id: str) -> Totals:
        """Count everything afresh."""
        (row,) = rows_of(self.pool, "totals", {"campaign_id": campaign_id})
        return Totals(**row)

    def take_batch(self, run: RunIdentity, *, batch: str, size: int) -> BatchOfContacts:
        """Look up the next ``size`` contacts, and skip those that have opted out by now."""
        rows = rows_of(
            self.pool,
            "take_batch",
            {"campaign_id": run.campaign_id, "run_number": run.number, "batch": batch, "size": size},
        )
        contacts = [
            Contact(
                campaign_id=run.campaign_id,
                contact_id=row["contact_id"],
                phone=row["phone"],
                variables=row["variables"],
            )
            for row in rows
            if not row["opted_out"]
        ]
        return BatchOfContacts(contacts=contacts, skipped=len(rows) - len(contacts))

    def take_up(self, run: RunIdentity, contact: Contact, *, batch: str) -> bool:
        """Make the contact this batch's own; False when somebody else has taken it up."""
        parameters = {
            "campaign_id": run.campaign_id,
            "run_number": run.number,
            "contact_id": contact.contact_id,
            "batch": batch,
        }
        return bool(rows_of(self.pool, "take_up", parameters))

    def settle(
        self,
        contact: Contact,
        *,
        batch: str,
        state: ContactState,
        reference: str | None = None,
        code: str | None = None,
    ) -> None:
        """Record what has become of a contact that this batch has taken up. PENDING gives it back."""
        parameters = {
            "campaign_id": contact.campaign_id,
            "contact_id": contact.contact_id,
            "batch": batch,
            "state": state.value,
            "reference": reference,
            "code": code,
        }
        rows_of(self.pool, "settle", parameters)

    def give_up_interrupted(self, campaign_id: str) -> int:
        """Tell of every contact that a dead batch had taken up that it is unknown; returns how many.

        Only for the holder of a fresh claim: while a claim is granted no batch is going on.
        """
        return len(rows_of(self.pool, "give_up_interrupted", {"campaign_id": campaign_id}))
