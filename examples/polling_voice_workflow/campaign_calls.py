"""The campaign's row and its contacts, in the database that the orchestrator uses too."""

from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any

from attrs import field, frozen
from psycopg.rows import dict_row

from orchestrator_adapters.postgres.connection_pool import BoundedPool


@frozen(kw_only=True)
class CallToMake:
    """Whom to call."""

    contact_id: str
    phone: str = field(repr=False)
    variables: Mapping[str, Any] = field(repr=False)


@cache
def _statement(name: str) -> bytes:
    return (files("polling_voice_workflow") / "sql" / f"{name}.sql").read_bytes()


@frozen
class CampaignCalls:
    """Every method raises psycopg.Error when the database does not answer."""

    pool: BoundedPool

    def status(self, campaign_id: str) -> str:
        """The campaign's status."""
        (row,) = self._rows("status", campaign_id=campaign_id)
        return str(row["status"])

    def calling(self, campaign_id: str) -> list[CallToMake]:
        """The contacts whose calls have begun and are not settled."""
        return [CallToMake(**row) for row in self._rows("calling", campaign_id=campaign_id)]

    def take_contacts(self, campaign_id: str, *, calls_at_once: int) -> list[CallToMake]:
        """The contacts to be called next, so many that ``calls_at_once`` go on."""
        rows = self._rows("take_contacts", campaign_id=campaign_id, calls_at_once=calls_at_once)
        return [CallToMake(**row) for row in rows]

    def settle(self, campaign_id: str, contact: CallToMake, state: str) -> None:
        """Record what has become of a call."""
        self._rows("settle_contact", campaign_id=campaign_id, contact_id=contact.contact_id, state=state)

    def some_are_left(self, campaign_id: str) -> bool:
        """Whether somebody is to be called, or is being called."""
        return bool(self._rows("left", campaign_id=campaign_id))

    def somebody_was_reached(self, campaign_id: str) -> bool:
        """Whether a call was answered, or there was nobody to call."""
        return not self._rows("nobody_reached", campaign_id=campaign_id)

    def set_status(self, campaign_id: str, status: str) -> bool:
        """Set the status of a campaign that is active; False when it is not active any more."""
        return bool(self._rows("set_status", campaign_id=campaign_id, status=status))

    def _rows(self, name: str, **parameters: Any) -> list[dict[str, Any]]:
        if self.pool.closed:
            self.pool.open()
        with self.pool.connection() as connection, connection.cursor(row_factory=dict_row) as cursor:
            return cursor.execute(_statement(name), parameters).fetchall()
