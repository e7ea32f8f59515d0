"""The campaign's row and its contacts, in the database that the orchestrator uses too."""

from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any

from attrs import field, frozen
from psycopg.rows import dict_row

from orchestrator_adapters.postgres.connection_pool import BoundedPool


@frozen(kw_only=True)
class CampaignRow:
    """What is read of a campaign."""

    status: str
    config: Mapping[str, Any]


@frozen(kw_only=True)
class ContactRow:
    """Whom to send to."""

    contact_id: str
    phone: str = field(repr=False)
    variables: Mapping[str, Any] = field(repr=False)


@cache
def _statement(name: str) -> bytes:
    return (files("plain_sms_dispatcher") / "sql" / f"{name}.sql").read_bytes()


@frozen
class CampaignRows:
    """Every method raises psycopg.Error when the database does not answer."""

    pool: BoundedPool

    def campaign(self, campaign_id: str) -> CampaignRow:
        """The campaign as it stands now."""
        (row,) = self._rows("campaign", campaign_id=campaign_id)
        return CampaignRow(**row)

    def take_contacts(self, campaign_id: str, *, most: int) -> list[ContactRow]:
        """Up to ``most`` contacts that nobody has taken yet."""
        return [ContactRow(**row) for row in self._rows("take_contacts", campaign_id=campaign_id, most=most)]

    def settle(self, campaign_id: str, contact: ContactRow, state: str) -> None:
        """Record what has become of a contact."""
        self._rows("settle_contact", campaign_id=campaign_id, contact_id=contact.contact_id, state=state)

    def set_status(self, campaign_id: str, status: str) -> str:
        """Set the status of a campaign that is active; the status that it has then."""
        self._rows("set_status", campaign_id=campaign_id, status=status)
        return self.campaign(campaign_id).status

    def _rows(self, name: str, **parameters: Any) -> list[dict[str, Any]]:
        if self.pool.closed:
            self.pool.open()
        with self.pool.connection() as connection, connection.cursor(row_factory=dict_row) as cursor:
            return cursor.execute(_statement(name), parameters).fetchall()
