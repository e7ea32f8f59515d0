"""The HTTP API over real stores, with campaigns of every type in every status."""

from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest

from campaign_orchestrator.container import build_container, close
from campaign_orchestrator.local.http_server import LocalHttpServer
from campaign_orchestrator.settings import read_settings
from orchestrator_adapters.memory.deadline import NoDeadline
from orchestrator_adapters.postgres.settings import PostgresSettings
from orchestrator_adapters.redis.settings import RedisSettings
from serving.http_api import STATUSES, TYPES, HttpApi


@pytest.fixture
def http_api(database: PostgresSettings, redis_settings: RedisSettings) -> Iterator[HttpApi]:
    variables = {
        "ORCHESTRATOR_DISPATCHERS": "memory",
        "DB_HOST": database.host,
        "DB_PORT": str(database.port),
        "DB_NAME": database.dbname,
        "DB_USER": database.user,
        "DB_PASSWORD": database.password,
        "DB_SSLMODE": "disable",
        "REDIS_HOST": redis_settings.host,
        "REDIS_PORT": str(redis_settings.port),
        "REDIS_PASSWORD": redis_settings.password or "",
    }
    container = build_container(read_settings(variables))

    def answer(event: dict[str, Any]) -> dict[str, Any]:
        answered: dict[str, Any] = container.service().answer(event, request_id=str(uuid4()), deadline=NoDeadline())
        return answered

    campaigns = tuple(f"{kind}_{status}" for kind in TYPES for status in STATUSES)
    with LocalHttpServer(answer) as server:
        api = HttpApi(url=server.url, container=container, database=database, campaigns=campaigns)
        for campaign in campaigns:
            api.put(campaign, *campaign.split("_"))
        yield api
    close(container)
