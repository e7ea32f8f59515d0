"""The HTTP API at a real HTTP address, and a view of what is in its database."""

from typing import Any

from attrs import frozen

from campaign_orchestrator.container import Container
from orchestrator_adapters.postgres.settings import PostgresSettings
from serving import direct_sql

STATUSES = ("draft", "scheduled", "active", "paused", "completed", "cancelled", "failed")
TYPES = ("voice", "sms", "hybrid", "fax")


@frozen(kw_only=True)
class HttpApi:
    """The running API. Its dispatchers are the in-memory ones, so that thousands of requests start nothing."""

    url: str
    container: Container
    database: PostgresSettings
    campaigns: tuple[str, ...]

    def sql(self, statement: str, *parameters: Any) -> list[Any]:
        """Ask the database directly."""
        return direct_sql.ask(self.database, statement, *parameters)

    def put(self, campaign_id: str, campaign_type: str = "voice", status: str = "draft", config: str = "{}") -> str:
        """Store a campaign, or put it back to how it was."""
        self.sql("DELETE FROM campaigns WHERE id = %s", campaign_id)
        self.sql(
            "INSERT INTO campaigns (id, name, type, status, config) VALUES (%s, 'A campaign', %s, %s, %s)",
            campaign_id,
            campaign_type,
            status,
            config,
        )
        return campaign_id
