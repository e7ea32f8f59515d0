"""Makes each adapter that the settings choose, and imports nothing of the others."""

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from campaign_orchestrator.settings import Settings
from campaign_orchestrator.store_credentials import cache_credentials, database_credentials

if TYPE_CHECKING:
    from campaign_orchestrator.direct_requests import DirectRequests
    from campaign_orchestrator.http_door import HttpDoor
    from campaign_orchestrator.pool_requests import PoolRequests
    from campaign_orchestrator.queue_door import QueueDoor
    from orchestrator_adapters.aws.clients import LazyClient
    from orchestrator_adapters.memory.campaign_store import InMemoryCampaignStore
    from orchestrator_adapters.postgres.doors import Doors
    from orchestrator_adapters.postgres.settings import PostgresSettings
    from orchestrator_adapters.redis.settings import RedisSettings
    from orchestrator_domain.pools import Pools
    from orchestrator_domain.ports.campaign_listing import CampaignListing
    from orchestrator_domain.ports.campaign_repository import CampaignRepository
    from orchestrator_domain.ports.clock import Clock
    from orchestrator_domain.ports.dispatcher import Dispatcher
    from orchestrator_domain.ports.event_publisher import EventPublisher
    from orchestrator_domain.ports.metrics import Metrics
    from orchestrator_domain.ports.pool_control import PoolControl
    from orchestrator_domain.ports.run_claims import RunClaims
    from orchestrator_domain.ports.run_ids import RunIds
    from orchestrator_domain.ports.slot_ledger import SlotLedger
    from orchestrator_domain.ports.upkeep_records import UpkeepRecords
    from orchestrator_domain.use_cases.pause_halted_run import PauseHaltedRun


def clock() -> "Clock":
    from orchestrator_adapters.memory.clock import SystemClock

    return SystemClock()


def http_door(*, requests: "DirectRequests", settings: Settings) -> "HttpDoor":
    from campaign_orchestrator.http_authorization import authorization_of, claim_names_of
    from campaign_orchestrator.http_door import HttpDoor

    return HttpDoor(
        requests=requests, authorization=authorization_of(settings), claim_names=claim_names_of(settings)
    )


def queue_door(
    *, requests: "DirectRequests", settings: Settings, clock: "Clock", metrics: "Metrics"
) -> "QueueDoor":
    from campaign_orchestrator.queue_door import QueueDoor

    max_age = timedelta(seconds=settings.sqs_command_max_age_seconds)
    return QueueDoor(requests=requests, max_age=max_age, clock=clock, metrics=metrics)


def pool_requests(
    *,
    pool_control: "PoolControl",
    repository: "CampaignRepository",
    pause_halted_run: "PauseHaltedRun",
    pools: "Pools",
    clock: "Clock",
) -> "PoolRequests":
    from campaign_orchestrator.pool_requests import PoolRequests
    from orchestrator_domain.use_cases.halt_pools import HaltPools
    from orchestrator_domain.use_cases.pool_limits import PoolLimits
    from orchestrator_domain.use_cases.unhalt_pools import UnhaltPools

    return PoolRequests(
        halt=HaltPools(
            pool_control=pool_control, repository=repository, pause_halted_run=pause_halted_run, pools=pools
        ),
        unhalt=UnhaltPools(pool_control=pool_control, repository=repository, pools=pools),
        limits=PoolLimits(pool_control=pool_control, repository=repository, pools=pools),
        pools=pools,
        clock=clock,
    )


def run_ids() -> "RunIds":
    from orchestrator_adapters.memory.run_ids import RandomRunIds

    return RandomRunIds()


def postgres_settings(settings: Settings) -> "PostgresSettings":
    """The PostgreSQL adapter's part of the settings."""
    from orchestrator_adapters.postgres.settings import PostgresSettings

    return PostgresSettings(
        host=settings.db_host,
        port=settings.db_port,
        dbname=settings.db_name,
        user=settings.db_user,
        password=settings.db_password,
        credentials=database_credentials(settings),
        sslmode=settings.db_sslmode,
        sslrootcert=settings.db_sslrootcert,
        pool_size=settings.db_pool_size,
    )


def redis_settings(settings: Settings) -> "RedisSettings":
    """The Redis adapter's part of the settings."""
    from orchestrator_adapters.redis.settings import RedisSettings

    return RedisSettings(
        host=settings.redis_host,
        port=settings.redis_port,
        username=settings.redis_username,
        password=settings.redis_password,
        credentials=cache_credentials(settings),
        tls=settings.redis_tls,
        sslrootcert=settings.redis_sslrootcert,
        cluster=settings.redis_cluster,
    )


def store(*, settings: Settings, clock: "Clock") -> "Doors | InMemoryCampaignStore":
    """What repository, pool control and run claims share."""
    if settings.store == "memory":
        from orchestrator_adapters.memory.campaign_store import InMemoryCampaignStore

        return InMemoryCampaignStore(clock)
    from orchestrator_adapters.postgres.connection_pool import connection_pool
    from orchestrator_adapters.postgres.doors import Doors

    return Doors(connection_pool(postgres_settings(settings)))


def _is_memory(store: Any) -> bool:
    return type(store).__name__ == "InMemoryCampaignStore"


def repository(*, store: Any) -> "CampaignRepository":
    if _is_memory(store):
        from orchestrator_adapters.memory.campaign_repository import InMemoryCampaignRepository

        return InMemoryCampaignRepository(store)
    from orchestrator_adapters.postgres.campaign_repository import PostgresCampaignRepository

    return PostgresCampaignRepository(store)


def campaign_listing(*, store: Any) -> "CampaignListing":
    if _is_memory(store):
        from orchestrator_adapters.memory.campaign_listing import InMemoryCampaignListing

        return InMemoryCampaignListing(store)
    from orchestrator_adapters.postgres.campaign_listing import PostgresCampaignListing

    return PostgresCampaignListing(store)


def pool_control(*, store: Any) -> "PoolControl":
    if _is_memory(store):
        from orchestrator_adapters.memory.pool_control import InMemoryPoolControl

        return InMemoryPoolControl(store)
    from orchestrator_adapters.postgres.pool_control import PostgresPoolControl

    return PostgresPoolControl(store)


def upkeep_records(*, store: Any) -> "UpkeepRecords":
    if _is_memory(store):
        from orchestrator_adapters.memory.upkeep_records import InMemoryUpkeepRecords

        return InMemoryUpkeepRecords(store)
    from orchestrator_adapters.postgres.upkeep_records import PostgresUpkeepRecords

    return PostgresUpkeepRecords(store)


def run_claims(*, store: Any, run_ids: "RunIds") -> "RunClaims":
    if _is_memory(store):
        from orchestrator_adapters.memory.run_claims import InMemoryRunClaims

        return InMemoryRunClaims(store, run_ids)
    from orchestrator_adapters.postgres.run_claims import PostgresRunClaims

    return PostgresRunClaims(store, run_ids)


def ledger(*, settings: Settings, clock: "Clock") -> "SlotLedger":
    if settings.ledger == "memory":
        from orchestrator_adapters.memory.slot_ledger import InMemorySlotLedger

        return InMemorySlotLedger(clock)
    from orchestrator_adapters.redis.slot_ledger import RedisSlotLedger

    return RedisSlotLedger(redis_settings(settings))


def step_functions(*, settings: Settings) -> "Dispatcher":
    """The dispatcher of voice and hybrid campaigns, with a client of its own."""
    if settings.dispatchers == "memory":
        from orchestrator_adapters.memory.dispatcher import InMemoryExecutions

        return InMemoryExecutions()
    from orchestrator_adapters.aws.step_functions_dispatcher import StepFunctionsDispatcher

    return StepFunctionsDispatcher(
        state_machine_arn=settings.voice_campaign_state_machine_arn,
        client=calling_client("stepfunctions", settings),
    )


def sms_function(*, settings: Settings) -> "Dispatcher":
    """The dispatcher of SMS campaigns, with a client of its own."""
    if settings.dispatchers == "memory":
        from orchestrator_adapters.memory.dispatcher import InMemoryMessages

        return InMemoryMessages()
    from orchestrator_adapters.aws.lambda_dispatcher import LambdaDispatcher

    return LambdaDispatcher(
        function_name=settings.sms_dispatcher_function_name, client=calling_client("lambda", settings)
    )


def publisher(*, settings: Settings) -> "EventPublisher":
    """EventBridge when a bus is named, else nobody listens."""
    if settings.event_bus_name is None:
        from orchestrator_adapters.memory.event_publisher import DiscardingEventPublisher

        return DiscardingEventPublisher()
    from orchestrator_adapters.aws.event_bridge_publisher import EventBridgePublisher

    return EventBridgePublisher(bus_name=settings.event_bus_name, client=calling_client("events", settings))


def calling_client(service: str, settings: Settings) -> "LazyClient":
    """A client with the calls of ``service`` that requests need, made when it is first used."""
    from orchestrator_adapters.aws.client_choice import make_client_of_calls
    from orchestrator_adapters.aws.clients import AwsSettings, LazyClient

    where = AwsSettings(region=settings.aws_region, endpoint_url=settings.aws_endpoint_url)
    return LazyClient(lambda: make_client_of_calls(service, where))


def lazy_client(service: str, settings: Settings) -> "LazyClient":
    """A client of any service, with all of its calls, made when it is first used."""
    from orchestrator_adapters.aws.clients import AwsSettings, LazyClient, make_client

    where = AwsSettings(region=settings.aws_region, endpoint_url=settings.aws_endpoint_url)
    return LazyClient(lambda: make_client(service, where))
