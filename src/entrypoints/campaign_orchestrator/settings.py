"""The environment variables, read once, all complaints together."""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Final, TypeVar

from attrs import field, frozen

from campaign_orchestrator.connection_complaints import complaints_about_connections
from orchestrator_domain.pools import LARGEST_LIMIT
from orchestrator_domain.value import Value

_Value = TypeVar("_Value")

STORES: Final = ("postgres", "memory")
LEDGERS: Final = ("redis", "memory")
DISPATCHERS: Final = ("aws", "memory")
SSL_MODES: Final = ("disable", "require", "verify-ca", "verify-full")
AUTHENTICATIONS: Final = ("password", "iam")
HTTP_AUTHORIZATIONS: Final = ("gateway", "claims")
LOG_LEVELS: Final = ("DEBUG", "INFO", "WARNING", "ERROR")
LONGEST_INVOCATION_SECONDS: Final = 21_600 + 900 + 100
"""An event may wait for six hours, its last try may take fifteen minutes
(https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-configuring.html), and a margin for the clocks and
for the time from the admission to the invocation."""
STATE_MACHINE_ARN: Final = re.compile(r"arn:aws[a-z-]*:states:[a-z0-9-]+:\d{12}:stateMachine:[A-Za-z0-9_-]{1,80}")
SECRET_ARN: Final = re.compile(r"arn:aws[a-z-]*:secretsmanager:[a-z0-9-]+:\d{12}:secret:[A-Za-z0-9/_+=.@-]{1,519}")
CACHE_NAME: Final = re.compile(r"[a-z][a-z0-9-]{0,39}")
FUNCTION_NAME: Final = re.compile(r"[A-Za-z0-9_:-]{1,256}")
NAMES_ALLOWED: Final = "names of roles, separated by commas or spaces"
CLAIM: Final = re.compile(r"[\x21-\x7e]{1,256}")
ROLE_NAMES: Final = re.compile(r"[\x20-\x7e]{1,2000}")


class InvalidSettings(ValueError):
    """Environment variables are missing or wrong; names every one of them, and no secret."""

    def __init__(self, complaints: tuple[str, ...]) -> None:
        self.complaints = complaints
        super().__init__("; ".join(complaints))


@frozen(kw_only=True, eq=False, repr=False)
class Settings(Value):
    """What the orchestrator is told by its environment. See README.md for each variable.

    Attributes that end in ``_seconds`` are seconds. Limits are live runs.
    """

    store: str
    ledger: str
    dispatchers: str
    db_host: str
    db_port: int
    db_name: str
    db_user: str
    db_auth: str
    db_password: str = field(repr=False)
    db_password_secret_arn: str | None
    db_sslmode: str
    db_sslrootcert: str | None
    db_pool_size: int
    redis_host: str
    redis_port: int
    redis_username: str | None
    redis_auth: str
    redis_password: str | None = field(repr=False)
    redis_password_secret_arn: str | None
    redis_cache_name: str | None
    redis_serverless: bool
    redis_tls: bool
    redis_sslrootcert: str | None
    redis_cluster: bool
    aws_region: str
    aws_endpoint_url: str | None
    voice_campaign_state_machine_arn: str
    sms_dispatcher_function_name: str
    sms_batch_size: int
    sms_claim_window_seconds: int
    sms_dispatcher_reports: bool
    sms_longest_run_seconds: int
    voice_workflow_reports: bool
    sqs_command_max_age_seconds: int
    sms_actions_topic_arn: str | None
    event_bus_name: str | None
    metrics_namespace: str
    log_level: str
    http_authorization: str
    http_roles_claim: str
    http_actor_claim: str
    http_viewer_roles: str
    http_operator_roles: str
    http_administrator_roles: str
    max_concurrent_voice_campaigns: int
    max_concurrent_sms_campaigns: int


def read_settings(environment: Mapping[str, str]) -> Settings:
    """The settings in ``environment``.

    Raises:
        InvalidSettings: names every variable that is missing or wrong, its value (of a secret: nothing), and
            what is allowed.
    """
    read = _Reader(environment)
    store = read.choice("ORCHESTRATOR_STORE", STORES, default="postgres")
    ledger = read.choice("ORCHESTRATOR_LEDGER", LEDGERS, default="redis")
    dispatchers = read.choice("ORCHESTRATOR_DISPATCHERS", DISPATCHERS, default="aws")
    postgres, redis, aws = store == "postgres", ledger == "redis", dispatchers == "aws"
    settings = Settings(
        store=store,
        ledger=ledger,
        dispatchers=dispatchers,
        db_host=read.text("DB_HOST", needed=postgres),
        db_port=read.number("DB_PORT", default=5432, least=1, most=65_535),
        db_name=read.text("DB_NAME", needed=postgres),
        db_user=read.text("DB_USER", needed=postgres),
        db_auth=read.choice("DB_AUTH", AUTHENTICATIONS, default="password"),
        db_password=read.optional("DB_PASSWORD") or "",
        db_password_secret_arn=read.secret_arn("DB_PASSWORD_SECRET_ARN"),
        db_sslmode=read.choice("DB_SSLMODE", SSL_MODES, default="verify-full"),
        db_sslrootcert=read.optional("DB_SSLROOTCERT"),
        db_pool_size=read.number("DB_POOL_SIZE", default=2, least=1, most=100),
        redis_host=read.text("REDIS_HOST", needed=redis),
        redis_port=read.number("REDIS_PORT", default=6379, least=1, most=65_535),
        redis_username=read.optional("REDIS_USERNAME"),
        redis_auth=read.choice("REDIS_AUTH", AUTHENTICATIONS, default="password"),
        redis_password=read.optional("REDIS_PASSWORD"),
        redis_password_secret_arn=read.secret_arn("REDIS_PASSWORD_SECRET_ARN"),
        redis_cache_name=read.text(
            "REDIS_CACHE_NAME",
            needed=False,
            pattern=CACHE_NAME,
            allowed="the name of a serverless cache or of a replication group, in lower case",
        )
        or None,
        redis_serverless=read.flag("REDIS_SERVERLESS", default=False),
        redis_tls=read.flag("REDIS_TLS", default=False),
        redis_sslrootcert=read.optional("REDIS_SSLROOTCERT"),
        redis_cluster=read.flag("REDIS_CLUSTER", default=False),
        aws_region=read.optional("AWS_REGION") or "us-east-1",
        aws_endpoint_url=read.optional("AWS_ENDPOINT_URL"),
        voice_campaign_state_machine_arn=read.text(
            "VOICE_CAMPAIGN_STATE_MACHINE_ARN",
            needed=aws,
            pattern=STATE_MACHINE_ARN,
            allowed="the ARN of a STANDARD state machine, without version or alias",
        ),
        sms_dispatcher_function_name=read.text(
            "SMS_DISPATCHER_FUNCTION_NAME",
            needed=aws,
            pattern=FUNCTION_NAME,
            allowed="a function's name, its name with an alias, or its ARN",
        ),
        sms_batch_size=read.number("SMS_BATCH_SIZE", default=100, least=1, most=10_000),
        sms_claim_window_seconds=read.number("SMS_CLAIM_WINDOW_SECONDS", default=360, least=10, most=21_600),
        sms_dispatcher_reports=read.flag("SMS_DISPATCHER_REPORTS", default=True),
        sms_longest_run_seconds=read.number(
            "SMS_LONGEST_RUN_SECONDS", default=LONGEST_INVOCATION_SECONDS, least=60, most=86_400
        ),
        voice_workflow_reports=read.flag("VOICE_WORKFLOW_REPORTS", default=True),
        sqs_command_max_age_seconds=read.number(
            "SQS_COMMAND_MAX_AGE_SECONDS", default=3_600, least=1, most=1_209_600
        ),
        sms_actions_topic_arn=read.optional("SMS_ACTIONS_TOPIC_ARN"),
        event_bus_name=read.optional("EVENT_BUS_NAME"),
        metrics_namespace=read.optional("METRICS_NAMESPACE") or "CampaignOrchestrator",
        log_level=read.choice("LOG_LEVEL", LOG_LEVELS, default="INFO"),
        http_authorization=read.choice("HTTP_AUTHORIZATION", HTTP_AUTHORIZATIONS, default="gateway"),
        http_roles_claim=read.pattern("HTTP_ROLES_CLAIM", CLAIM, "a claim's name", default="cognito:groups"),
        http_actor_claim=read.pattern("HTTP_ACTOR_CLAIM", CLAIM, "a claim's name", default="sub"),
        http_viewer_roles=read.pattern("HTTP_VIEWER_ROLES", ROLE_NAMES, NAMES_ALLOWED, default="viewer"),
        http_operator_roles=read.pattern("HTTP_OPERATOR_ROLES", ROLE_NAMES, NAMES_ALLOWED, default="operator"),
        http_administrator_roles=read.pattern(
            "HTTP_ADMINISTRATOR_ROLES", ROLE_NAMES, NAMES_ALLOWED, default="administrator"
        ),
        max_concurrent_voice_campaigns=read.number(
            "MAX_CONCURRENT_VOICE_CAMPAIGNS", default=5, least=0, most=LARGEST_LIMIT
        ),
        max_concurrent_sms_campaigns=read.number(
            "MAX_CONCURRENT_SMS_CAMPAIGNS", default=10, least=0, most=LARGEST_LIMIT
        ),
    )
    read.complain_of(complaints_about_connections(settings))
    return settings


class _Reader:
    """Reads variables and collects complaints, so that all bad ones are told at once."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._environment = environment
        self._complaints: list[str] = []

    def complain_of(self, more: Sequence[str]) -> None:
        if complaints := (*self._complaints, *more):
            raise InvalidSettings(complaints)

    def secret_arn(self, name: str) -> str | None:
        return self.text(name, needed=False, pattern=SECRET_ARN, allowed="the ARN of a secret") or None

    def optional(self, name: str) -> str | None:
        return self._environment.get(name, "").strip() or None

    def text(self, name: str, *, needed: bool, pattern: re.Pattern[str] | None = None, allowed: str = "") -> str:
        value = self.optional(name)
        if value is None and needed:
            self._complaints.append(f"{name} must be set")
        if value is not None and pattern is not None and not pattern.fullmatch(value):
            self._complaints.append(f"{name} must be {allowed}, not {value[:120]!a}")
        return value or ""

    def pattern(self, name: str, pattern: re.Pattern[str], allowed: str, *, default: str) -> str:
        return self.text(name, needed=False, pattern=pattern, allowed=allowed) or default

    def number(self, name: str, *, default: int, least: int, most: int) -> int:
        def convert(text: str) -> int:
            value = int(text) if text.isascii() and text.isdigit() else -1
            if not least <= value <= most:
                raise ValueError
            return value

        return self._converted(name, convert, f"a whole number from {least} to {most}", default)

    def flag(self, name: str, *, default: bool) -> bool:
        return self._converted(name, {"true": True, "false": False}.__getitem__, "true or false", default)

    def choice(self, name: str, choices: tuple[str, ...], *, default: str) -> str:
        def convert(text: str) -> str:
            return choices[choices.index(text)]

        return self._converted(name, convert, f"one of {', '.join(choices)}", default)

    def _converted(self, name: str, convert: Callable[[str], _Value], allowed: str, default: _Value) -> _Value:
        text = self.optional(name)
        if text is None:
            return default
        try:
            return convert(text)
        except (ValueError, KeyError):
            self._complaints.append(f"{name} must be {allowed}, not {text[:40]!a}")
            return default
