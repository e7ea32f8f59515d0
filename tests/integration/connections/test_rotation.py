"""Credentials change under a process that is running, and its callers do not notice (F38)."""

import json
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any

import pytest
from attrs import define, evolve, field

from asking.requests import POOLS, unique
from asking.stores import PostgresStoreUnderTest
from orchestrator_adapters.aws.clients import AwsSettings
from orchestrator_adapters.aws.secret_credentials import secret_credentials
from orchestrator_adapters.credentials import Credentials, CredentialsSource, CredentialsUnavailable
from orchestrator_adapters.postgres.campaign_repository import PostgresCampaignRepository
from orchestrator_adapters.postgres.connection_pool import connection_pool
from orchestrator_adapters.postgres.doors import Doors
from orchestrator_adapters.postgres.migrate import migrate
from orchestrator_adapters.postgres.settings import PostgresSettings
from orchestrator_adapters.redis.settings import RedisSettings
from orchestrator_adapters.redis.slot_ledger import RedisSlotLedger
from orchestrator_domain.errors import LedgerUnavailable, StoreUnavailable
from orchestrator_domain.pools import Holder
from serving import direct_sql
from serving.servers import AwsServer, raw_client

HOLDER = Holder(campaign_id="a", campaign_type="sms", run_number=1, since=datetime(2026, 11, 1, tzinfo=UTC))


class Secret:
    """A secret of the real service."""

    def __init__(self, server: AwsServer) -> None:
        self._client = server.client("secretsmanager")
        self.arn: str = self._client.create_secret(Name=unique("secret"), SecretString="none yet")["ARN"]

    def holds(self, **fields: str) -> None:
        self._client.put_secret_value(SecretId=self.arn, SecretString=json.dumps(fields))

    def delete(self) -> None:
        self._client.delete_secret(SecretId=self.arn, ForceDeleteWithoutRecovery=True)


@define
class ScriptedTokens(CredentialsSource):
    """Gives the token that is valid now: one that was given earlier is of no use when it has expired."""

    valid: str = ""
    asked_in: list[threading.Thread] = field(factory=list)

    def get(self) -> Credentials:
        self.asked_in.append(threading.current_thread())
        if not self.valid:
            raise CredentialsUnavailable("no_credentials")
        return Credentials(password=self.valid)

    def after_refusal(self, refused: Credentials) -> Credentials | None:
        return None


@pytest.fixture
def secret(aws_server: AwsServer) -> Iterator[Secret]:
    made = Secret(aws_server)
    yield made
    made.delete()


class Role:
    """A role of PostgreSQL that may do everything, and its password."""

    def __init__(self, database: PostgresSettings) -> None:
        self.database, self.name = database, unique("role").replace("-", "_")
        self._ask(f"CREATE ROLE {self.name} LOGIN SUPERUSER")

    def takes(self, password: str) -> None:
        self._ask(f"ALTER ROLE {self.name} PASSWORD '{password}'")

    def loses_its_connections(self) -> None:
        """As after a fail-over, or at the end of a connection's life."""
        self._ask(f"SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE usename = '{self.name}'")

    def settings(self, source: CredentialsSource) -> PostgresSettings:
        return evolve(self.database, user=self.name, password="", credentials=source)

    def drop(self) -> None:
        self.loses_its_connections()
        self._ask(f"DROP ROLE {self.name}")

    def _ask(self, statement: str) -> None:
        direct_sql.ask(self.database, statement)


@pytest.fixture
def role(database: PostgresSettings) -> Iterator[Role]:
    made = Role(database)
    yield made
    made.drop()


@pytest.fixture
def through_secret(variables: dict[str, str], role: Role, secret: Secret, aws_server: AwsServer) -> dict[str, str]:
    """Variables with the secret in the place of the password."""
    kept = {name: value for name, value in variables.items() if name != "DB_PASSWORD"}
    return kept | {
        "DB_USER": role.name,
        "DB_PASSWORD_SECRET_ARN": secret.arn,
        "AWS_ENDPOINT_URL": aws_server.endpoint_url,
    }


def test_a_rotated_password_is_not_noticed_by_callers(
    through_secret: dict[str, str], role: Role, secret: Secret, orchestrator: Any, database: PostgresSettings
) -> None:
    store = PostgresStoreUnderTest(database)
    role.takes("first")
    secret.holds(password="first")
    ask = orchestrator(through_secret)
    assert ask("start", store.put_campaign(unique("c")))["success"]
    for password in ("second", "third"):
        role.takes(password)
        secret.holds(password=password)
        assert ask("start", store.put_campaign(unique("c")))["success"]  # over the connection that was there
        role.loses_its_connections()
        answer = ask("start", store.put_campaign(unique("c")))
        assert answer["success"], answer
    store.close()


def test_threads_do_not_notice_a_rotation_either(
    through_secret: dict[str, str], role: Role, secret: Secret, orchestrator: Any
) -> None:
    role.takes("first")
    secret.holds(password="first")
    ask = orchestrator(through_secret)
    assert ask("status", "nobody")["errorCode"] == "campaign_not_found"
    role.takes("second")
    secret.holds(password="second")
    role.loses_its_connections()
    with ThreadPoolExecutor(4) as threads:
        codes = {answer["errorCode"] for answer in threads.map(lambda _: ask("status", "nobody"), range(8))}
    assert codes == {"campaign_not_found"}


def test_of_two_users_that_alternate_the_secret_names_the_one(
    through_secret: dict[str, str], role: Role, secret: Secret, orchestrator: Any
) -> None:
    role.takes("alternating")
    secret.holds(username=role.name, password="alternating")
    ask = orchestrator(through_secret | {"DB_USER": "the_other_one"})
    assert ask("status", "nobody")["errorCode"] == "campaign_not_found"


def test_a_secret_that_holds_a_wrong_password_is_told(
    through_secret: dict[str, str], role: Role, secret: Secret, orchestrator: Any
) -> None:
    role.takes("right")
    secret.holds(password="very-wrong")
    answer = orchestrator(through_secret)("status", "nobody")
    assert (answer["errorCode"], answer["cause"]) == ("store_unavailable", "authentication")
    assert "very-wrong" not in str(answer)


def test_a_secret_that_is_not_there_is_told(through_secret: dict[str, str], orchestrator: Any) -> None:
    environment = through_secret | {"DB_PASSWORD_SECRET_ARN": through_secret["DB_PASSWORD_SECRET_ARN"] + "x"}
    answer = orchestrator(environment)("status", "nobody")
    assert (answer["errorCode"], answer["cause"]) == ("store_unavailable", "secret_refused")


def test_each_connection_to_postgres_has_a_token_of_its_own(role: Role) -> None:
    tokens = ScriptedTokens()
    doors = Doors(connection_pool(role.settings(tokens)))
    repository = PostgresCampaignRepository(doors)
    for valid in ("token-1", "token-2", "token-3"):
        tokens.valid = valid
        role.takes(valid)
        role.loses_its_connections()
        assert repository.pool_usage(POOLS, holders_wanted=1)
    tokens.valid = "expired"
    role.loses_its_connections()
    with pytest.raises(StoreUnavailable) as away:
        repository.pool_usage(POOLS, holders_wanted=1)
    assert away.value.cause == "authentication"
    tokens.valid = ""
    with pytest.raises(StoreUnavailable) as away:
        repository.pool_usage(POOLS, holders_wanted=1)
    assert away.value.cause == "no_credentials"
    doors.close()


def test_who_waits_for_credentials_has_a_caller_s_time(role: Role, user: "User") -> None:
    """The first fetch takes longer than the pool waits for a connection, or a call to Redis may take."""
    tokens = ScriptedTokens("token")
    role.takes("token")
    user.takes("token")
    doors, ledger = Doors(connection_pool(role.settings(tokens))), RedisSlotLedger(user.settings(tokens))
    for call in (lambda: PostgresCampaignRepository(doors).find_campaigns(["c"]), lambda: ledger.usage(["sms"])):
        tokens.asked_in.clear()
        call()
        assert tokens.asked_in[0] is threading.current_thread()
    doors.close()
    ledger.close()


def test_no_token_is_made_for_a_connection_that_is_there(user: "User") -> None:
    tokens = ScriptedTokens("token")
    user.takes("token")
    ledger = RedisSlotLedger(user.settings(tokens))
    ledger.usage(["sms"])
    tokens.asked_in.clear()
    for _ in range(3):
        ledger.usage(["sms"])
    tokens.valid = ""  # whatever makes them being away
    ledger.usage(["sms"])
    assert tokens.asked_in == []
    ledger.close()
    with pytest.raises(LedgerUnavailable) as away:
        ledger.usage(["sms"])
    assert away.value.cause == "no_credentials"


def test_a_cluster_that_refuses_the_password_says_so_too(cluster_settings: RedisSettings) -> None:
    ledger = RedisSlotLedger(evolve(cluster_settings, password="very-wrong", timeout_seconds=5.0))
    with pytest.raises(LedgerUnavailable) as away:
        ledger.usage(["sms"])
    assert away.value.cause == "authentication"
    ledger.close()


def test_migrations_have_a_token_too(role: Role) -> None:
    role.takes("token")
    assert migrate(role.settings(ScriptedTokens("token"))).applied == ()


class User:
    """A user of Redis that may do everything, and its password."""

    def __init__(self, server: RedisSettings) -> None:
        self.name, self._server, self._raw = unique("user"), server, raw_client(server)
        self._raw.execute_command("ACL", "SETUSER", self.name, "on", "~*", "+@all")

    def takes(self, password: str) -> None:
        self._raw.execute_command("ACL", "SETUSER", self.name, "resetpass", f">{password}")

    def loses_its_connections(self) -> None:
        self._raw.execute_command("CLIENT", "KILL", "USER", self.name)

    def settings(self, source: CredentialsSource) -> RedisSettings:
        return evolve(self._server, username=self.name, password=None, credentials=source, timeout_seconds=5.0)

    def delete(self) -> None:
        self._raw.execute_command("ACL", "DELUSER", self.name)
        self._raw.close()


@pytest.fixture
def user(redis_settings: RedisSettings) -> Iterator[User]:
    made = User(redis_settings)
    yield made
    made.delete()


def test_a_rotated_password_of_redis_is_not_noticed(user: User, secret: Secret, aws_server: AwsServer) -> None:
    user.takes("first")
    secret.holds(password="first")
    where = AwsSettings(region=aws_server.region, endpoint_url=aws_server.endpoint_url)
    ledger = RedisSlotLedger(user.settings(secret_credentials(secret.arn, where)))
    assert ledger.record("sms", HOLDER) == 1
    user.takes("second")
    secret.holds(password="second")
    assert ledger.usage(["sms"]) == {"sms": {"a"}}  # over the connection that was there
    user.loses_its_connections()
    assert ledger.usage(["sms"]) == {"sms": {"a"}}
    secret.holds(password="very-wrong")
    user.takes("third")
    user.loses_its_connections()
    with pytest.raises(LedgerUnavailable) as away:
        ledger.usage(["sms"])
    assert away.value.cause == "authentication"
    ledger.close()


def test_each_connection_to_redis_has_a_token_of_its_own(user: User) -> None:
    """ElastiCache ends a connection that was authenticated so after twelve hours."""
    tokens = ScriptedTokens()
    ledger = RedisSlotLedger(user.settings(tokens))
    for valid in ("token-1", "token-2", "token-3"):
        tokens.valid = valid
        user.takes(valid)
        user.loses_its_connections()
        assert ledger.record("sms", HOLDER) == 1
    for expired, cause in (("expired", "authentication"), ("", "no_credentials")):
        tokens.valid = expired
        user.loses_its_connections()
        with pytest.raises(LedgerUnavailable) as away:
            ledger.usage(["sms"])
        assert away.value.cause == cause
    ledger.close()
