"""Real servers, each started when the first test asks for it."""

import os
from collections.abc import Iterator
from itertools import count

import psycopg
import pytest
from attrs import evolve
from hypothesis import HealthCheck, settings

from asking.stores import InMemoryStoreUnderTest, PostgresStoreUnderTest, StoreUnderTest
from campaign_orchestrator.local.contact_tables import create_contact_tables
from campaign_orchestrator.local.run_time_users import DISPATCHER, ROLES, create_roles
from orchestrator_adapters.postgres.migrate import migrate
from orchestrator_adapters.postgres.settings import PostgresSettings
from orchestrator_adapters.redis.settings import RedisSettings
from serving import direct_sql
from serving.servers import AwsServer, PostgresServer, RedisServer, Servers, servers_of_choice
from serving.stack import Stack
from watching.log_watch import LogWatch

TEMPLATE = "template_migrated"
_numbers = count(1)


def pytest_configure(config: pytest.Config) -> None:
    """Every log of the run is looked at; one that shows what none may lets the run fail."""
    config.pluginmanager.register(LogWatch(config), "log-watch")
    if "MUTANT_UNDER_TEST" in os.environ:
        # Each function is then called through another that chooses its mutant, which is slow and no finding.
        settings.register_profile("mutants", suppress_health_check=[HealthCheck.too_slow], deadline=None)
        settings.load_profile("mutants")


@pytest.fixture(scope="session")
def servers() -> Iterator[Servers]:
    """The way to the servers: embedded ones, or containers when ORCHESTRATOR_TEST_BACKEND=docker."""
    chosen = servers_of_choice()
    yield chosen
    chosen.close()


@pytest.fixture(scope="session")
def postgres_server(servers: Servers) -> PostgresServer:
    """A PostgreSQL server with an empty database and a migrated template."""
    server = servers.postgres()
    with _superuser(server.settings) as connection:
        connection.execute(f"CREATE DATABASE {TEMPLATE}".encode())
    create_roles(server.settings)
    migrate(evolve(server.settings, dbname=TEMPLATE), ROLES)
    return server


@pytest.fixture
def empty_database(postgres_server: PostgresServer) -> Iterator[PostgresSettings]:
    """A database of this test's own, without our schema."""
    yield from _database(postgres_server.settings, "template1")


@pytest.fixture
def database(postgres_server: PostgresServer) -> Iterator[PostgresSettings]:
    """A database of this test's own, with our schema."""
    yield from _database(postgres_server.settings, TEMPLATE)


@pytest.fixture(scope="module")
def module_database(postgres_server: PostgresServer) -> Iterator[PostgresSettings]:
    """A database of this module's own, with our schema."""
    yield from _database(postgres_server.settings, TEMPLATE)


@pytest.fixture
def postgres_store(database: PostgresSettings) -> Iterator[PostgresStoreUnderTest]:
    store = PostgresStoreUnderTest(database)
    yield store
    store.close()


@pytest.fixture
def memory_store() -> InMemoryStoreUnderTest:
    return InMemoryStoreUnderTest()


@pytest.fixture(params=["memory_store", "postgres_store"])
def store(request: pytest.FixtureRequest) -> StoreUnderTest:
    """Each campaign store in its turn; its server is started only then."""
    chosen: StoreUnderTest = request.getfixturevalue(request.param)
    return chosen


@pytest.fixture(scope="session")
def redis_server(servers: Servers) -> RedisServer:
    return servers.redis()


@pytest.fixture(scope="session")
def redis_cluster(servers: Servers) -> RedisServer:
    return servers.redis_cluster()


@pytest.fixture
def redis_settings(redis_server: RedisServer) -> Iterator[RedisSettings]:
    """The Redis server, empty before and after the test."""
    redis_server.flush()
    yield redis_server.settings
    redis_server.flush()


@pytest.fixture
def cluster_settings(redis_cluster: RedisServer) -> Iterator[RedisSettings]:
    """The Redis cluster, empty before and after the test."""
    redis_cluster.flush()
    yield redis_cluster.settings
    redis_cluster.flush()


@pytest.fixture(scope="session")
def aws_server(servers: Servers) -> AwsServer:
    return servers.aws()


@pytest.fixture(scope="session")
def deployed(
    servers: Servers,
    postgres_server: PostgresServer,
    redis_server: RedisServer,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Stack]:
    """The service, deployed into LocalStack by its own template, with a database of its own."""
    database = _database(postgres_server.settings, TEMPLATE)
    settings = next(database)
    create_contact_tables(settings, DISPATCHER)
    stack = Stack(postgres=settings, redis=redis_server.settings, aws=servers.function_host())
    yield stack.deploy(tmp_path_factory.mktemp("code"))
    stack.deployment.delete()
    next(database, None)


@pytest.fixture
def campaigns(deployed: Stack) -> Iterator[Stack]:
    """The deployed service, with no campaign live before and after the test."""
    deployed.clear()
    yield deployed
    deployed.clear()


def _database(server: PostgresSettings, template: str) -> Iterator[PostgresSettings]:
    name = f"test_{next(_numbers)}"
    with _superuser(server) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE {template}".encode())
    yield evolve(server, dbname=name)
    with _superuser(server) as connection:
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())


def _superuser(server: PostgresSettings) -> psycopg.Connection:
    return direct_sql.connect(server)
