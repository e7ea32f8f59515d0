"""The service, deployed by its own template."""

from collections.abc import Callable, Iterator

import pytest
from attrs import evolve

from orchestrator_adapters.postgres.settings import PostgresSettings
from serving import direct_sql
from serving.servers import PostgresServer, Servers
from serving.stack import Stack, create_stack, delete_stack


@pytest.fixture(scope="package")
def deployed_stack(
    servers: Servers, postgres_server: PostgresServer, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Stack]:
    """The stack, with a database and a Redis of its own."""
    settings = _database_of_the_stack(postgres_server.settings)
    aws = servers.function_host()
    yield create_stack(aws, settings, servers.redis().settings, tmp_path_factory.mktemp("package"))
    delete_stack(aws)
    with direct_sql.connect(postgres_server.settings) as connection:
        connection.execute(f"DROP DATABASE {settings.dbname} WITH (FORCE)".encode())


@pytest.fixture
def stack(deployed_stack: Stack) -> Iterator[Stack]:
    """The stack, with no campaign live before and after the test."""
    deployed_stack.clear()
    yield deployed_stack
    deployed_stack.clear()


def _database_of_the_stack(server: PostgresSettings) -> PostgresSettings:
    with direct_sql.connect(server) as connection:
        connection.execute(b"CREATE DATABASE stacked TEMPLATE template_migrated")
    return evolve(server, dbname="stacked")


@pytest.fixture
def unreachable_database(stack: Stack, postgres_server: PostgresServer) -> Iterator[Callable[[bool], None]]:
    """Tells PostgreSQL to let nobody into the stack's database, or everybody again."""

    def unreachable(is_unreachable: bool) -> None:
        allowed = "false" if is_unreachable else "true"
        with direct_sql.connect(postgres_server.settings) as connection:
            connection.execute(f"ALTER DATABASE stacked WITH ALLOW_CONNECTIONS {allowed}".encode())
            if is_unreachable:
                connection.execute(
                    b"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'stacked'"
                )

    yield unreachable
    unreachable(False)
