"""The container: every provider builds, every part can be swapped, every adapter is complete."""

import inspect
import subprocess
import sys

import pytest

from campaign_orchestrator import building
from campaign_orchestrator.container import Container, build_container, close
from campaign_orchestrator.service import OrchestratorService
from campaign_orchestrator.settings import read_settings
from orchestrator_adapters.aws.connect_tokens import ConnectTokens
from orchestrator_adapters.aws.secret_credentials import SecretCredentials
from orchestrator_adapters.memory.run_ids import SequentialRunIds
from orchestrator_domain.ports.campaign_repository import CampaignRepository
from orchestrator_domain.ports.clock import Clock
from orchestrator_domain.ports.dispatcher import Dispatcher
from orchestrator_domain.ports.event_publisher import EventPublisher
from orchestrator_domain.ports.pool_control import PoolControl
from orchestrator_domain.ports.run_claims import RunClaims
from orchestrator_domain.ports.run_ids import RunIds
from orchestrator_domain.ports.slot_ledger import SlotLedger
from orchestrator_domain.ports.upkeep_records import UpkeepRecords

REAL = {
    "DB_HOST": "127.0.0.1",
    "DB_NAME": "n",
    "DB_USER": "u",
    "DB_PASSWORD": "p",
    "REDIS_HOST": "127.0.0.1",
    "VOICE_CAMPAIGN_STATE_MACHINE_ARN": "arn:aws:states:eu-west-1:123456789012:stateMachine:voice",
    "SMS_DISPATCHER_FUNCTION_NAME": "sms",
    "EVENT_BUS_NAME": "bus",
}
SECRET = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:stores-AbCdEf"
SECRETS = {"DB_PASSWORD": "", "DB_PASSWORD_SECRET_ARN": SECRET, "REDIS_PASSWORD_SECRET_ARN": SECRET}
TOKENS = {
    "DB_PASSWORD": "",
    "DB_AUTH": "iam",
    "REDIS_AUTH": "iam",
    "REDIS_TLS": "true",
    "REDIS_USERNAME": "u",
    "REDIS_CACHE_NAME": "slots",
}
MEMORY = {"ORCHESTRATOR_STORE": "memory", "ORCHESTRATOR_LEDGER": "memory", "ORCHESTRATOR_DISPATCHERS": "memory"}
PORTS = {
    "repository": CampaignRepository,
    "pool_control": PoolControl,
    "run_claims": RunClaims,
    "upkeep_records": UpkeepRecords,
    "ledger": SlotLedger,
    "publisher": EventPublisher,
    "clock": Clock,
    "run_ids": RunIds,
    "step_functions": Dispatcher,
    "sms_function": Dispatcher,
}


@pytest.mark.parametrize("environment", [REAL, MEMORY], ids=["real", "memory"])
def test_every_provider_builds_and_is_what_its_port_asks_for(environment: dict[str, str]) -> None:
    container = build_container(read_settings(environment))
    for name, provider in container.providers.items():
        built = provider()
        assert built is not None, name
        if name in PORTS:
            assert isinstance(built, PORTS[name]), name
            assert not inspect.isabstract(type(built)), name
    assert isinstance(container.service(), OrchestratorService)
    close(container)


def test_each_store_has_its_credentials_from_where_the_settings_say() -> None:
    assert building.postgres_settings(read_settings(REAL)).credentials is None
    secrets = read_settings(REAL | SECRETS)
    of_secret = [building.postgres_settings(secrets).credentials, building.redis_settings(secrets).credentials]
    assert [(type(one), getattr(one, "secret_arn", "")) for one in of_secret] == [(SecretCredentials, SECRET)] * 2
    tokens = read_settings(REAL | TOKENS)
    database, cache = building.postgres_settings(tokens).credentials, building.redis_settings(tokens).credentials
    assert isinstance(database, ConnectTokens)
    assert isinstance(cache, ConnectTokens)
    assert (database.service, database.address, database.username) == ("rds-db", "127.0.0.1:5432", "u")
    assert (cache.service, cache.address, cache.username) == ("elasticache", "slots", "u")


def test_any_part_can_be_swapped() -> None:
    mine = SequentialRunIds("mine")
    container = build_container(read_settings(MEMORY), {"run_ids": mine})
    assert container.launch_run().run_ids is mine


def test_an_override_of_nothing_is_refused() -> None:
    with pytest.raises(KeyError, match="no_such_part"):
        build_container(read_settings(MEMORY), {"no_such_part": object()})


def test_the_two_channels_share_no_client() -> None:
    container = build_container(read_settings(REAL))
    clients = [getattr(container.step_functions(), "client"), getattr(container.sms_function(), "client")]  # noqa: B009
    assert clients[0] is not clients[1]
    close(container)


def test_the_declared_providers_are_all_there() -> None:
    assert set(PORTS) <= set(Container.providers)


@pytest.mark.parametrize("unwanted", ["boto3", "redis", "botocore", "psycopg", "dependency_injector"])
def test_importing_the_handler_imports_no_driver(unwanted: str) -> None:
    asked = f"import campaign_orchestrator.lambda_handler, sys; print({unwanted!r} in sys.modules)"
    answer = subprocess.run([sys.executable, "-c", asked], check=True, capture_output=True, text=True)
    assert answer.stdout.strip() == "False"


@pytest.mark.parametrize("changes", [{}, SECRETS, TOKENS], ids=["passwords", "secrets", "tokens"])
def test_building_the_service_makes_no_client_of_aws_and_no_connection(changes: dict[str, str]) -> None:
    lines = [
        "import sys",
        "from campaign_orchestrator.container import build_container",
        "from campaign_orchestrator.settings import read_settings",
        f"build_container(read_settings({REAL | changes!r})).service()",
        "doors = ('campaign_orchestrator.http_door', 'campaign_orchestrator.queue_door')",
        "unwanted = ('boto3', 'botocore', 'redis', *doors)",
        "print([name for name in unwanted if name in sys.modules])",
        "from orchestrator_adapters.aws.error_classes import error_rows",
        "assert error_rows.cache_info().currsize == 0",
    ]
    command = [sys.executable, "-c", "\n".join(lines)]
    answer = subprocess.run(command, check=True, capture_output=True, text=True)
    assert answer.stdout.strip() == "[]"
