"""The same servers as containers, by testcontainers."""

from contextlib import ExitStack
from typing import Any

from campaign_orchestrator.local.valkey_server import ORCHESTRATOR
from orchestrator_adapters.postgres.settings import PostgresSettings
from orchestrator_adapters.redis.access import access_rules
from orchestrator_adapters.redis.settings import RedisSettings
from serving.servers import (
    FAST_SETTINGS,
    AwsServer,
    EmbeddedServers,
    PostgresServer,
    RedisServer,
    flush,
    raw_client,
)

POSTGRES_IMAGE = "postgres:18-alpine"
VALKEY_IMAGE = "valkey/valkey:9-alpine"
LOCALSTACK_IMAGE = "localstack/localstack:4.9.2"
REGION = "us-east-1"
PASSWORD = "containers-only"


class NoEngine(RuntimeError):
    """Docker was asked for and does not answer."""


class ContainerServers:
    """Servers in containers. The cluster stays embedded: it is three nodes that must know their own ports."""

    def __init__(self) -> None:
        self._stack = ExitStack()
        self._embedded = EmbeddedServers()
        _require_engine()

    def postgres(self) -> PostgresServer:
        from testcontainers.community.postgres import PostgresContainer

        container = PostgresContainer(POSTGRES_IMAGE, driver=None, password=PASSWORD)
        container.with_command("postgres " + " ".join(f"-c {setting}" for setting in FAST_SETTINGS))
        started: Any = self._stack.enter_context(container)
        return PostgresServer(
            settings=PostgresSettings(
                host=started.get_container_host_ip(),
                port=int(started.get_exposed_port(5432)),
                dbname=started.dbname,
                user=started.username,
                password=PASSWORD,
                sslmode="disable",
            )
        )

    def redis(self) -> RedisServer:
        from testcontainers.community.valkey import ValkeyContainer

        container: Any = self._stack.enter_context(ValkeyContainer(VALKEY_IMAGE).with_password(PASSWORD))
        settings = RedisSettings(
            host=container.get_container_host_ip(),
            port=int(container.get_exposed_port()),
            username=ORCHESTRATOR,
            password=PASSWORD,
        )
        owner = raw_client(settings)
        owner.execute_command("ACL", "SETUSER", ORCHESTRATOR, "on", f">{PASSWORD}", *access_rules())
        owner.close()
        return RedisServer(settings=settings, flush=lambda: flush(settings))

    def redis_cluster(self) -> RedisServer:
        return self._embedded.redis_cluster()

    def aws(self) -> AwsServer:
        from testcontainers.community.localstack import LocalStackContainer

        container: Any = LocalStackContainer(LOCALSTACK_IMAGE, region_name=REGION)
        started = self._stack.enter_context(container.with_services("stepfunctions", "lambda", "events", "iam"))
        return AwsServer(endpoint_url=started.get_url(), region=REGION, client=started.get_client)

    def function_host(self) -> AwsServer:
        """Embedded: functions of a LocalStack in a container would need images of their own."""
        return self._embedded.function_host()

    def close(self) -> None:
        self._stack.close()
        self._embedded.close()


def _require_engine() -> None:
    import docker

    try:
        client = docker.from_env()
        client.ping()
        client.close()
    except docker.errors.DockerException as error:
        raise NoEngine(
            "ORCHESTRATOR_TEST_BACKEND=docker is set, and no Docker engine answers; start one, or unset the "
            "variable to use the embedded servers"
        ) from error
