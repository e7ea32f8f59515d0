"""The service, deployed by its own template."""

from collections.abc import Callable, Iterator

import pytest

from serving import direct_sql
from serving.servers import PostgresServer
from serving.stack import Stack


@pytest.fixture
def stack(campaigns: Stack) -> Stack:
    """The deployed service, with no campaign live before and after the test."""
    return campaigns


@pytest.fixture
def unreachable_database(stack: Stack, postgres_server: PostgresServer) -> Iterator[Callable[[bool], None]]:
    """Tells PostgreSQL to let nobody into the stack's database, or everybody again."""
    name = stack.postgres.dbname

    def unreachable(is_unreachable: bool) -> None:
        allowed = "false" if is_unreachable else "true"
        with direct_sql.connect(postgres_server.settings) as connection:
            connection.execute(f"ALTER DATABASE {name} WITH ALLOW_CONNECTIONS {allowed}".encode())
            if is_unreachable:
                connection.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", (name,)
                )

    yield unreachable
    unreachable(False)
