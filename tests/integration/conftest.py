"""What every integration test has."""

from collections.abc import Iterator

import pytest

from asking.one_connection import connected
from harming.ground import Ground
from orchestrator_adapters.postgres.connection_pool import BoundedConnection
from orchestrator_adapters.postgres.settings import PostgresSettings
from serving.functions import a_queueing_function
from serving.servers import AwsServer, RedisServer, flush


@pytest.fixture(scope="session", autouse=True)
def aws_credentials() -> Iterator[None]:
    """Credentials that LocalStack takes, and that AWS would refuse."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_ACCESS_KEY_ID", "000000000000")
        patch.setenv("AWS_SECRET_ACCESS_KEY", "local")
        patch.setenv("AWS_EC2_METADATA_DISABLED", "true")
        yield


@pytest.fixture(params=["direct", "of the library"])
def each_client(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Which client is made for requests: the one that asks directly, and botocore's, in their turn."""
    for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.setenv(name, "/nonexistent")
    if request.param == "of the library":
        monkeypatch.setenv("AWS_CSM_ENABLED", "false")  # says nothing new, but to the library alone
    return str(request.param)


@pytest.fixture
def connection(database: PostgresSettings) -> Iterator[BoundedConnection]:
    """As the orchestrator connects to the database of this test."""
    made = connected(database)
    yield made
    made.close()


@pytest.fixture
def ground(database: PostgresSettings, redis_server: RedisServer, aws_server: AwsServer) -> Iterator[Ground]:
    """The session's servers, with a database, keys and executions of this test's own."""
    redis_server.flush()
    function = a_queueing_function(aws_server)
    made = Ground(postgres=database, redis=redis_server.settings, aws=aws_server, function=function)
    made.make_machine()
    yield made
    made.close()
    flush(redis_server.settings)
