"""Which checks an installation has, by its settings."""

from collections.abc import Callable, Iterator, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any

from campaign_orchestrator import building
from campaign_orchestrator.container import Container
from campaign_orchestrator.doctor.check import Check
from campaign_orchestrator.doctor.checks.campaign_startable import CampaignStartable
from campaign_orchestrator.doctor.checks.clock_of_aws import ClockOfAws
from campaign_orchestrator.doctor.checks.connections import Connections
from campaign_orchestrator.doctor.checks.database_clock import DatabaseClock
from campaign_orchestrator.doctor.checks.dispatcher_function import DispatcherFunction
from campaign_orchestrator.doctor.checks.execution_details import ExecutionDetails
from campaign_orchestrator.doctor.checks.ledger_agrees import LedgerAgrees
from campaign_orchestrator.doctor.checks.live_runs_counted import LiveRunsCounted
from campaign_orchestrator.doctor.checks.memory_policy import MemoryPolicy
from campaign_orchestrator.doctor.checks.orchestrator_function import OrchestratorFunction
from campaign_orchestrator.doctor.checks.orphaned_executions import OrphanedExecutions
from campaign_orchestrator.doctor.checks.pool_limits import PoolLimits
from campaign_orchestrator.doctor.checks.postgres_encrypted import PostgresEncrypted
from campaign_orchestrator.doctor.checks.postgres_reachable import PostgresReachable
from campaign_orchestrator.doctor.checks.postgres_writable import PostgresWritable
from campaign_orchestrator.doctor.checks.redis_reachable import RedisReachable
from campaign_orchestrator.doctor.checks.role_rights import RoleRights
from campaign_orchestrator.doctor.checks.schema_version import SchemaVersion
from campaign_orchestrator.doctor.checks.state_machine import StateMachine
from campaign_orchestrator.settings import Settings
from orchestrator_adapters.aws import account_facts
from orchestrator_adapters.memory.deadline import NoDeadline
from orchestrator_adapters.postgres.server_facts import ServerFacts, server_facts
from orchestrator_domain.ports.dispatcher import ExecutionControl

if TYPE_CHECKING:
    from orchestrator_adapters.redis.server_facts import RedisFacts

VOICE = "voice"


class Installation:
    """An installation and its checks. What is in memory has nothing to check."""

    def __init__(
        self,
        settings: Settings,
        container: Container,
        *,
        function: str | None = None,
        campaigns: Sequence[str] = (),
    ) -> None:
        self._settings, self._container = settings, container
        self._function, self._campaigns = function, campaigns
        self._redis = self._made_redis()

    def checks(self) -> Sequence[Check]:
        """Every check, those that others need first."""
        return [
            *self._of_postgres(),
            *self._of_redis(),
            *self._of_aws(),
            *self._of_function(),
            *self._of_campaigns(),
        ]

    def close(self) -> None:
        """Close what the checks have opened."""
        if self._redis is not None:
            self._redis.close()

    def _of_postgres(self) -> Iterator[Check]:
        if self._settings.store != "postgres":
            return
        doors: Any = self._container.store()

        def read() -> ServerFacts:
            return server_facts(doors.pool)

        facts = cache(read)
        yield PostgresReachable(facts)
        yield PostgresEncrypted(facts, self._settings.db_sslmode)
        yield PostgresWritable(facts)
        yield SchemaVersion(doors)
        yield Connections(facts, self._settings.db_pool_size)
        yield DatabaseClock(read, self._container.clock())
        yield LiveRunsCounted(self._container.repository(), self._container.pools())
        yield PoolLimits(self._container.repository(), self._container.pools())

    def _made_redis(self) -> "RedisFacts | None":
        if self._settings.ledger != "redis":
            return None
        from orchestrator_adapters.redis.server_facts import RedisFacts

        return RedisFacts(building.redis_settings(self._settings))

    def _of_redis(self) -> Iterator[Check]:
        if self._redis is None:
            return
        repository, pools = self._container.repository(), self._container.pools()
        yield RedisReachable(self._redis)
        yield MemoryPolicy(self._redis)
        yield LedgerAgrees(repository=repository, ledger=self._container.ledger(), pools=pools)
        yield ExecutionDetails(repository=repository, redis=self._redis, pools=pools)

    def _of_aws(self) -> Iterator[Check]:
        if self._settings.dispatchers != "aws":
            return
        machines = building.lazy_client("stepfunctions", self._settings)
        functions = building.lazy_client("lambda", self._settings)

        def read() -> account_facts.MachineFacts:
            return account_facts.machine_facts(machines, self._settings.voice_campaign_state_machine_arn)

        dispatcher = self._settings.sms_dispatcher_function_name
        yield StateMachine(read)
        yield ClockOfAws(read, self._container.clock())
        yield DispatcherFunction(lambda: account_facts.require_invocable(functions, dispatcher))
        control = self._container.step_functions()
        if isinstance(control, ExecutionControl):
            yield OrphanedExecutions(
                stop_orphans=self._container.stop_orphans(), control=control, pool=VOICE, deadline=NoDeadline()
            )

    def _of_function(self) -> Iterator[Check]:
        if self._function is None or self._settings.dispatchers != "aws":
            return
        name = self._function
        functions = building.lazy_client("lambda", self._settings)
        policies = building.lazy_client("iam", self._settings)
        facts: Callable[[], account_facts.FunctionFacts] = cache(
            lambda: account_facts.function_facts(functions, name)
        )
        yield OrchestratorFunction(facts)
        yield RoleRights(lambda: account_facts.missing_rights(policies, facts().role_arn, self._rights(functions)))

    def _rights(self, functions: Any) -> Sequence[tuple[str, str]]:
        machine = self._settings.voice_campaign_state_machine_arn
        executions = f"{machine.replace(':stateMachine:', ':execution:')}:*"
        dispatcher = account_facts.function_facts(functions, self._settings.sms_dispatcher_function_name).arn
        return (
            *(
                (f"states:{action}", machine)
                for action in ("StartExecution", "ListExecutions", "DescribeStateMachine")
            ),
            *((f"states:{action}", executions) for action in ("StopExecution", "DescribeExecution")),
            ("lambda:InvokeFunction", dispatcher),
        )

    def _of_campaigns(self) -> Iterator[Check]:
        for campaign in self._campaigns:
            yield CampaignStartable(
                campaign_id=campaign, repository=self._container.repository(), routes=self._container.routes()
            )
