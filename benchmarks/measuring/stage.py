"""Servers of a benchmark's own: a durable PostgreSQL, a Valkey, and what answers in place of AWS."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from uuid import uuid4

import psycopg
from attrs import evolve, frozen
from redis import Redis

from campaign_orchestrator.local.postgres_server import EmbeddedPostgres
from campaign_orchestrator.local.server_variables import server_variables
from campaign_orchestrator.local.valkey_server import EmbeddedValkey
from orchestrator_adapters.postgres.migrate import migrate
from orchestrator_adapters.postgres.settings import PostgresSettings
from orchestrator_adapters.redis.settings import RedisSettings

ROOT = Path(__file__).resolve().parents[2]
STATE_MACHINE = "arn:aws:states:eu-central-1:000000000000:stateMachine:voice"
NO_LIMIT = "1000000"


@frozen(kw_only=True)
class Stage:
    """Where everything is.

    Attributes:
        aws: the address of what answers in place of AWS.
        variables: the environment of an orchestrator that works here, with pools that are never full.
    """

    postgres: PostgresSettings
    database: str
    redis: RedisSettings
    aws: str
    variables: dict[str, str]

    def ending_runs(self) -> Callable[[], None]:
        """Ends the runs of drafts, and shows them no more, so that pools stay as small as they are."""
        sql = psycopg.connect(self.database, autocommit=True)
        redis = Redis(host=self.redis.host, port=self.redis.port, password=self.redis.password)
        rounds = count(1)

        def end() -> None:
            sql.execute(
                "UPDATE campaign_runs SET state = 'ended', ended_at = now(), outcome = 'stopped'"
                " WHERE state <> 'ended' AND campaign_id LIKE 'draft-%'"
            )
            redis.flushall()
            if next(rounds) % 50 == 0:  # as the server would by itself, a little later
                sql.execute("VACUUM campaign_runs")

        return end

    def tidy_up(self) -> None:
        """What the server would do by itself a little later, and then perhaps to whoever is being measured."""
        self.ending_runs()()
        with psycopg.connect(self.database, autocommit=True) as sql:
            sql.execute("VACUUM (ANALYZE)")
            sql.execute("CHECKPOINT")

    def with_database(self, name: str) -> "Stage":
        """The same servers, with a database of its own."""
        with psycopg.connect(self.database, autocommit=True) as sql:
            sql.execute(f"CREATE DATABASE {name}".encode())
        postgres = evolve(self.postgres, dbname=name)
        migrate(postgres)
        database = f"{self.database.rpartition('/')[0]}/{name}"
        return evolve(self, postgres=postgres, database=database, variables=self.variables | {"DB_NAME": name})

    def drafts(self, number: int, *, campaign_type: str = "sms", name: str = "draft") -> list[str]:
        """That many new campaigns, by their ids."""
        prefix = f"{name}-{uuid4().hex[:8]}"
        with psycopg.connect(self.database, autocommit=True) as sql:
            sql.execute(
                "INSERT INTO campaigns (id, name, type, config)"
                " SELECT %(prefix)s || '-' || i, 'Measured', %(type)s, '{\"message\": \"x\"}'"
                " FROM generate_series(1, %(count)s) i",
                {"prefix": prefix, "type": campaign_type, "count": number},
            )
        return [f"{prefix}-{place}" for place in range(1, number + 1)]


@contextmanager
def stage(*, durable: bool = True, postgres_settings: tuple[str, ...] = ()) -> Iterator[Stage]:
    """Servers that are thrown away. ``durable``: each commit waits for the disk."""
    with (
        EmbeddedPostgres(durable=durable, settings=postgres_settings) as postgres,
        EmbeddedValkey() as valkey,
        aws_answers() as aws,
    ):
        migrate(postgres.settings())
        variables = server_variables(postgres.settings(), valkey.settings(), aws_endpoint_url=aws) | {
            "SMS_DISPATCHER_FUNCTION_NAME": "sms-dispatcher",
            "VOICE_CAMPAIGN_STATE_MACHINE_ARN": STATE_MACHINE,
            "MAX_CONCURRENT_VOICE_CAMPAIGNS": NO_LIMIT,
            "MAX_CONCURRENT_SMS_CAMPAIGNS": NO_LIMIT,
        }
        os.environ.update({name: value for name, value in variables.items() if name.startswith("AWS_")})
        yield Stage(
            postgres=postgres.settings(),
            database=postgres.url(),
            redis=valkey.settings(),
            aws=aws,
            variables=variables,
        )


@contextmanager
def aws_answers() -> Iterator[str]:
    """The address of what answers in place of AWS, in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.measuring.aws_answers"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, cwd=ROOT, text=True)  # noqa: S603 - our own words
    try:
        port = int(process.stdout.readline()) if process.stdout else 0
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait()
