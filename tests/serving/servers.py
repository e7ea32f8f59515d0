"""Servers for tests: embedded ones, or containers where a Docker engine is asked for."""

import os
from collections.abc import Callable
from contextlib import ExitStack
from typing import Any, Protocol

from attrs import evolve, frozen

from orchestrator_adapters.postgres.settings import PostgresSettings
from orchestrator_adapters.redis.settings import RedisSettings

BACKEND = "ORCHESTRATOR_TEST_BACKEND"
FAST_SETTINGS = ("max_connections=200", "track_commit_timestamp=on")


@frozen(kw_only=True)
class PostgresServer:
    settings: PostgresSettings


@frozen(kw_only=True)
class RedisServer:
    settings: RedisSettings
    flush: Callable[[], None]


@frozen(kw_only=True)
class AwsServer:
    """LocalStack. ``client`` gives a boto3 client of a service."""

    endpoint_url: str
    region: str
    client: Callable[[str], Any]


def direct_client(server: AwsServer, service: str) -> Any:
    """A client that asks ``server`` without AWS's client library, as a Lambda function does."""
    from campaign_orchestrator.local.localstack_server import ACCOUNT
    from orchestrator_adapters.aws.client_choice import make_client_of_calls
    from orchestrator_adapters.aws.clients import AwsSettings
    from orchestrator_adapters.aws.direct_client import DirectClient

    client = make_client_of_calls(
        service,
        AwsSettings(region=server.region, endpoint_url=server.endpoint_url),
        environment={"AWS_ACCESS_KEY_ID": ACCOUNT, "AWS_SECRET_ACCESS_KEY": "local"},
    )
    if not isinstance(client, DirectClient):
        raise TypeError("there is something of AWS's client library at home")
    return client


class Servers(Protocol):
    def postgres(self) -> PostgresServer: ...
    def redis(self) -> RedisServer: ...
    def redis_cluster(self) -> RedisServer: ...
    def aws(self) -> AwsServer: ...
    def function_host(self) -> AwsServer: ...
    def close(self) -> None: ...


def servers_of_choice() -> Servers:
    """Containers when ORCHESTRATOR_TEST_BACKEND=docker, embedded servers when it is not set."""
    chosen = os.environ.get(BACKEND, "")
    if chosen == "docker":
        from serving.containers import ContainerServers

        return ContainerServers()
    if chosen:
        raise ValueError(f"{BACKEND} must be docker or absent, not {chosen!r}")
    return EmbeddedServers()


class EmbeddedServers:
    """Servers of this machine, without Docker."""

    def __init__(self) -> None:
        self._stack = ExitStack()
        self._aws: AwsServer | None = None

    def postgres(self) -> PostgresServer:
        from campaign_orchestrator.local.postgres_server import EmbeddedPostgres

        server = self._stack.enter_context(EmbeddedPostgres(settings=FAST_SETTINGS))
        return PostgresServer(settings=server.settings())

    def redis(self) -> RedisServer:
        from campaign_orchestrator.local.valkey_server import EmbeddedValkey

        server = self._stack.enter_context(EmbeddedValkey())
        settings = server.settings()
        return RedisServer(settings=settings, flush=lambda: flush(settings))

    def redis_cluster(self) -> RedisServer:
        from campaign_orchestrator.local.valkey_cluster import EmbeddedValkeyCluster

        cluster = self._stack.enter_context(EmbeddedValkeyCluster())
        settings = evolve(cluster.nodes[0].settings(), cluster=True)
        return RedisServer(settings=settings, flush=lambda: flush(settings))

    def aws(self) -> AwsServer:
        from campaign_orchestrator.local.localstack_server import REGION, EmbeddedLocalStack

        if self._aws is None:
            server = self._stack.enter_context(EmbeddedLocalStack())
            self._aws = AwsServer(endpoint_url=server.endpoint_url, region=REGION, client=server.client)
        return self._aws

    def function_host(self) -> AwsServer:
        """Where our own functions are deployed: their processes see our packages."""
        return self.aws()

    def close(self) -> None:
        self._stack.close()


def flush(settings: RedisSettings) -> None:
    """Remove every key."""
    client = raw_client(settings)
    try:
        client.flushall()
    finally:
        client.close()


def raw_client(settings: RedisSettings) -> Any:
    """A client that knows nothing of the ledger, and that may do everything."""
    from redis import Redis
    from redis.cluster import RedisCluster

    kind = RedisCluster if settings.cluster else Redis
    return kind(
        host=settings.host, port=settings.port, password=settings.password, decode_responses=True, protocol=2
    )
