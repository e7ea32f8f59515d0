"""All servers and the deployed functions: the environment of the demo, of development and of tests."""

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Self

from campaign_orchestrator.local.contact_tables import create_contact_tables
from campaign_orchestrator.local.deployment import Deployment, dispatcher_variables
from campaign_orchestrator.local.localstack_server import EmbeddedLocalStack
from campaign_orchestrator.local.postgres_server import EmbeddedPostgres
from campaign_orchestrator.local.run_time_users import DISPATCHER, ROLES, as_orchestrator, create_roles
from campaign_orchestrator.local.server_variables import server_variables
from campaign_orchestrator.local.started_and_closed import StartedAndClosed
from campaign_orchestrator.local.valkey_server import EmbeddedValkey
from orchestrator_adapters.postgres.migrate import migrate


class LocalEnvironment(StartedAndClosed):
    """Real PostgreSQL, Valkey and LocalStack, migrated and deployed.

    Args:
        say: is told what is going on, in words.
    """

    def __init__(self, *, say: Callable[[str], None] = lambda _: None) -> None:
        self._say = say
        self.postgres = EmbeddedPostgres(settings=["max_connections=200"])
        self.valkey = EmbeddedValkey()
        self.localstack = EmbeddedLocalStack(say=say)
        self.deployment = Deployment(client=self.localstack.client)
        self._code = tempfile.TemporaryDirectory(prefix="campaign-orchestrator-code-")

    def start(self) -> Self:
        """Start everything. LocalStack takes longest, so it begins first."""
        self._say("Starting LocalStack, PostgreSQL and Valkey")
        self.localstack.launch()
        self.postgres.start()
        self.valkey.start()
        self._say("Applying the migrations")
        create_roles(self.postgres.settings())
        migrate(self.postgres.settings(), ROLES)
        create_contact_tables(self.postgres.settings(), DISPATCHER)
        self._say("Waiting for LocalStack")
        self.localstack.wait()
        self._say("Deploying the service by its template")
        self.deployment.deploy(self.postgres.settings(), self.valkey.settings(), Path(self._code.name))
        return self

    def variables(self) -> dict[str, str]:
        """The environment variables with which an orchestrator uses these servers."""
        return {
            **server_variables(
                as_orchestrator(self.postgres.settings()),
                self.valkey.settings(),
                aws_endpoint_url=self.localstack.endpoint_url,
            ),
            **dispatcher_variables(),
        }

    def close(self) -> None:
        """End everything, and remove what it has written. Repeating it does nothing."""
        for server in (self.localstack, self.valkey, self.postgres):
            server.close()
        self._code.cleanup()
