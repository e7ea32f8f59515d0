"""Campaign stores under test: the ports, and what a test needs beyond them."""

import json
from datetime import timedelta
from typing import Any, Protocol

from attrs import evolve

from campaign_orchestrator.local.run_time_users import as_dispatcher, as_orchestrator
from orchestrator_adapters.memory.campaign_listing import InMemoryCampaignListing
from orchestrator_adapters.memory.campaign_repository import InMemoryCampaignRepository
from orchestrator_adapters.memory.campaign_store import InMemoryCampaignStore
from orchestrator_adapters.memory.clock import SettableClock
from orchestrator_adapters.memory.pool_control import InMemoryPoolControl
from orchestrator_adapters.memory.run_claims import InMemoryRunClaims
from orchestrator_adapters.memory.run_ids import RandomRunIds
from orchestrator_adapters.memory.upkeep_records import InMemoryUpkeepRecords
from orchestrator_adapters.postgres.campaign_listing import PostgresCampaignListing
from orchestrator_adapters.postgres.campaign_repository import PostgresCampaignRepository
from orchestrator_adapters.postgres.connection_pool import connection_pool
from orchestrator_adapters.postgres.doors import Doors
from orchestrator_adapters.postgres.pool_control import PostgresPoolControl
from orchestrator_adapters.postgres.run_claims import PostgresRunClaims
from orchestrator_adapters.postgres.settings import PostgresSettings
from orchestrator_adapters.postgres.upkeep_records import PostgresUpkeepRecords
from orchestrator_domain.listing import MOST_ROWS_LOOKED_AT
from orchestrator_domain.ports.campaign_listing import CampaignListing
from orchestrator_domain.ports.campaign_repository import CampaignRepository
from orchestrator_domain.ports.pool_control import PoolControl
from orchestrator_domain.ports.run_claims import RunClaims
from orchestrator_domain.ports.upkeep_records import UpkeepRecords
from serving import direct_sql

INSTANTS = (
    "created_at",
    "last_attempt_at",
    "acknowledged_at",
    "last_heartbeat_at",
    "not_after",
    "lease_until",
    "ended_at",
)


class StoreUnderTest(Protocol):
    """A campaign store with its ports. Whoever writes another adapter writes one of these and has the suite."""

    repository: CampaignRepository
    campaign_listing: CampaignListing
    pool_control: PoolControl
    run_claims: RunClaims
    upkeep_records: UpkeepRecords

    def listing_that_looks_at(self, most_rows: int = MOST_ROWS_LOOKED_AT) -> CampaignListing:
        """A listing whose pages look at fewer rows."""

    def put_campaign(self, campaign_id: str, **fields: Any) -> str:
        """Store a campaign behind the repository's back; returns its id."""

    def set_status(self, campaign_id: str, status: str) -> None:
        """Change a campaign's status behind the repository's back."""

    def delete_campaign(self, campaign_id: str) -> None:
        """Delete a campaign behind the repository's back."""

    def pass_time(self, seconds: float) -> None:
        """Let ``seconds`` pass for everything that is stored."""

    def close(self) -> None:
        """Leave nothing open."""


class InMemoryStoreUnderTest:
    def __init__(self) -> None:
        self.clock = SettableClock()
        self.store = InMemoryCampaignStore(self.clock)
        self.repository: CampaignRepository = InMemoryCampaignRepository(self.store)
        self.campaign_listing: CampaignListing = self.listing_that_looks_at()
        self.pool_control: PoolControl = InMemoryPoolControl(self.store)
        self.run_claims: RunClaims = InMemoryRunClaims(self.store, RandomRunIds())
        self.upkeep_records: UpkeepRecords = InMemoryUpkeepRecords(self.store)

    def listing_that_looks_at(self, most_rows: int = MOST_ROWS_LOOKED_AT) -> CampaignListing:
        return InMemoryCampaignListing(self.store, most_rows)

    def put_campaign(self, campaign_id: str, **fields: Any) -> str:
        self.store.put_campaign(campaign_id, **fields)
        return campaign_id

    def set_status(self, campaign_id: str, status: str) -> None:
        self.store.campaigns[campaign_id].status = status

    def delete_campaign(self, campaign_id: str) -> None:
        del self.store.campaigns[campaign_id]

    def pass_time(self, seconds: float) -> None:
        # As on PostgreSQL below: what is stored grows older, and the clock stands.
        earlier = timedelta(seconds=seconds)
        for identity, run in list(self.store.runs.items()):
            moved = {name: getattr(run, name) - earlier for name in INSTANTS if getattr(run, name)}
            self.store.runs[identity] = evolve(run, **moved)

    def close(self) -> None:
        """Memory needs no closing."""


class PostgresStoreUnderTest:
    def __init__(self, settings: PostgresSettings, *, direct: PostgresSettings | None = None) -> None:
        """``settings``: of the tables' owner; the adapter logs in as the functions do. ``direct``: the way for the
        test's own statements, when the adapter's leads through a proxy."""
        self.settings = settings
        self.doors = Doors(connection_pool(evolve(as_orchestrator(settings), pool_size=20)))
        self.doors_of_dispatchers = Doors(connection_pool(evolve(as_dispatcher(settings), pool_size=20)))
        self.repository: CampaignRepository = PostgresCampaignRepository(self.doors)
        self.campaign_listing: CampaignListing = self.listing_that_looks_at()
        self.pool_control: PoolControl = PostgresPoolControl(self.doors)
        self.run_claims: RunClaims = PostgresRunClaims(self.doors_of_dispatchers, RandomRunIds())
        self.upkeep_records: UpkeepRecords = PostgresUpkeepRecords(self.doors)
        self._sql = direct_sql.connect(evolve(settings, port=(direct or settings).port))

    def listing_that_looks_at(self, most_rows: int = MOST_ROWS_LOOKED_AT) -> CampaignListing:
        return PostgresCampaignListing(self.doors, most_rows)

    def put_campaign(self, campaign_id: str, **fields: Any) -> str:
        config = fields.get("config")
        self._sql.execute(
            "INSERT INTO campaigns (id, name, type, status, config, timezone, updated_at)"
            " VALUES (%s, %s, %s, %s, %s, %s, now())",
            (
                campaign_id,
                fields.get("name", "A campaign"),
                fields.get("campaign_type", "sms"),
                fields.get("status", "draft"),
                json.dumps({} if config is None else config),
                fields.get("timezone"),
            ),
        )
        return campaign_id

    def set_status(self, campaign_id: str, status: str) -> None:
        self._sql.execute("UPDATE campaigns SET status = %s WHERE id = %s", (status, campaign_id))

    def delete_campaign(self, campaign_id: str) -> None:
        self._sql.execute("DELETE FROM campaigns WHERE id = %s", (campaign_id,))

    def pass_time(self, seconds: float) -> None:
        moved = ", ".join(f"{name} = {name} - make_interval(secs => {seconds})" for name in INSTANTS)
        self._sql.execute(f"UPDATE campaign_runs SET {moved}".encode())

    def sql(self, statement: str, *parameters: Any) -> list[Any]:
        """Ask the database directly."""
        cursor = self._sql.execute(statement.encode(), parameters)
        return cursor.fetchall() if cursor.description else []

    def close(self) -> None:
        self._sql.close()
        self.doors.close()
        self.doors_of_dispatchers.close()
