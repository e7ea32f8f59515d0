"""The doctor, and each thing that it looks for, really broken."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import pytest
from attrs import frozen

from campaign_orchestrator.container import build_container, close
from campaign_orchestrator.doctor.checks_of_installation import Installation
from campaign_orchestrator.doctor.examination import examine
from campaign_orchestrator.doctor.finding import Verdict
from campaign_orchestrator.local.deployment import ROLE, SERVICE, dispatcher_variables
from campaign_orchestrator.settings import read_settings
from orchestrator_adapters.postgres.settings import PostgresSettings
from orchestrator_domain.ports.clock import Clock
from serving import direct_sql
from serving.command_line import CommandLine
from serving.deployed import Deployed
from serving.servers import raw_client

STATE_MACHINE_ARN = dispatcher_variables()["VOICE_CAMPAIGN_STATE_MACHINE_ARN"]
SMS_DISPATCHER = dispatcher_variables()["SMS_DISPATCHER_FUNCTION_NAME"]
NO_SECRET = "arn:aws:secretsmanager:us-east-1:000000000000:secret:nowhere"
NO_DATABASE = ["postgres-tls", "postgres-writable", "schema-version", "postgres-connections", "database-clock"]
RIGHTS = (
    "states:StartExecution",
    "states:ListExecutions",
    "states:DescribeStateMachine",
    "states:StopExecution",
    "states:DescribeExecution",
    "lambda:InvokeFunction",
)


def examined(variables: Mapping[str, str], *arguments: str) -> dict[str, dict[str, Any]]:
    """What the doctor finds, by check; its exit code must fit."""
    done = CommandLine(variables).run("doctor", *arguments, "--json")
    checks = json.loads(done.output)["checks"]
    assert done.exit_code == (6 if any(one["verdict"] == "problem" for one in checks) else 0), done
    assert all("toDo" in one for one in checks if one["verdict"] in ("warning", "problem"))
    return {one["check"]: one for one in checks}


def verdicts(found: Mapping[str, Mapping[str, Any]], verdict: str) -> list[str]:
    return [name for name, one in found.items() if one["verdict"] == verdict]


def test_a_sound_installation_is_well(campaigns: Deployed) -> None:
    assert campaigns.ask("start", campaigns.put_campaign("voice"))["success"]
    command_line = CommandLine(campaigns.variables())
    found = examined(campaigns.variables(), "--function", SERVICE)
    # The embedded PostgreSQL has no certificate; everything else is as it should be.
    assert verdicts(found, "warning") == ["postgres-tls"]
    assert verdicts(found, "ok") == [name for name in found if name != "postgres-tls"]
    assert len(found) == 18
    assert "! postgres-tls: the connection to PostgreSQL is not encrypted" in command_line.printed("doctor")
    assert command_line.run("doctor", "--strict").exit_code == 6


@pytest.mark.parametrize(
    ("wrong", "cause"),
    [
        ({"DB_PASSWORD": "wrong"}, "authentication"),
        ({"DB_SSLMODE": "require"}, "tls_not_offered"),
        ({"DB_PASSWORD": "", "DB_PASSWORD_SECRET_ARN": NO_SECRET}, "secret_refused"),
        ({"DB_PORT": "9"}, "no_connection"),
    ],
)
def test_a_database_that_cannot_be_reached(campaigns: Deployed, wrong: dict[str, str], cause: str) -> None:
    found = examined(campaigns.variables(**wrong))
    assert verdicts(found, "problem") == ["postgres-reachable"]
    assert found["postgres-reachable"]["what"].split(": ")[1].startswith(cause)
    assert set(NO_DATABASE) < set(verdicts(found, "not_checked"))


def test_a_database_that_was_never_migrated(campaigns: Deployed, empty_database: PostgresSettings) -> None:
    found = examined(campaigns.variables(DB_NAME=empty_database.dbname))
    assert verdicts(found, "problem") == ["schema-version"]
    assert "migrate" in found["schema-version"]["toDo"]
    assert found["pool-limits"]["verdict"] == "not_checked"


@pytest.mark.parametrize(
    ("statement", "what"),
    [
        (
            "DELETE FROM campaign_schema_migrations WHERE starts_with(name, 'migrations/0003')",
            "behind this version",
        ),
        ("INSERT INTO campaign_schema_migrations VALUES ('migrations/9999_later.sql', 'x')", "by a later version"),
        (
            "UPDATE campaign_schema_migrations SET checksum = 'x' WHERE starts_with(name, 'migrations/0001')",
            "another content",
        ),
    ],
)
def test_a_database_of_another_version(
    campaigns: Deployed, database: PostgresSettings, statement: str, what: str
) -> None:
    direct_sql.ask(database, statement)
    found = examined(campaigns.variables(DB_NAME=database.dbname))
    assert verdicts(found, "problem") == ["schema-version"]
    assert what in found["schema-version"]["what"]


@pytest.mark.parametrize(
    "setting", ["default_transaction_read_only = on", "default_transaction_isolation = 'repeatable read'"]
)
def test_a_database_that_takes_no_writes(campaigns: Deployed, database: PostgresSettings, setting: str) -> None:
    direct_sql.ask(database, f"ALTER DATABASE {database.dbname} SET {setting}")
    found = examined(campaigns.variables(DB_NAME=database.dbname))
    assert verdicts(found, "problem") == ["postgres-writable"]


def test_a_user_that_has_no_connections_left(campaigns: Deployed, database: PostgresSettings) -> None:
    direct_sql.ask(database, "CREATE ROLE narrow LOGIN SUPERUSER CONNECTION LIMIT 3 PASSWORD 'narrow'")
    try:
        variables = campaigns.variables(
            DB_NAME=database.dbname, DB_USER="narrow", DB_PASSWORD="narrow", DB_POOL_SIZE="3"
        )
        found = examined(variables)
        assert verdicts(found, "problem") == ["postgres-connections"]
        assert "of 3 connections" in found["postgres-connections"]["what"]
    finally:
        direct_sql.ask(database, "DROP ROLE narrow")


@contextmanager
def configured(campaigns: Deployed, **settings: str) -> Iterator[None]:
    """Redis with other settings."""
    client = raw_client(campaigns.redis)
    before = {name: client.config_get(name)[name] for name in settings}
    try:
        for name, value in settings.items():
            client.config_set(name, value)
        yield
        for name, value in before.items():
            client.config_set(name, value)
    finally:
        client.close()


def test_a_redis_that_evicts_the_ledger(campaigns: Deployed) -> None:
    with configured(campaigns, **{"maxmemory-policy": "allkeys-lru"}):
        assert examined(campaigns.variables())["redis-memory-policy"]["verdict"] == "warning"
        with configured(campaigns, maxmemory="100mb"):
            assert verdicts(examined(campaigns.variables()), "problem") == ["redis-memory-policy"]
    with configured(campaigns, **{"maxmemory-policy": "volatile-lru", "maxmemory": "100mb"}):
        assert examined(campaigns.variables())["redis-memory-policy"]["verdict"] == "ok"


def test_a_redis_that_cannot_be_asked(campaigns: Deployed) -> None:
    found = examined(campaigns.variables(REDIS_PASSWORD="wrong"))
    assert verdicts(found, "problem") == ["redis-reachable"]
    assert "authentication" in found["redis-reachable"]["what"]
    assert {"redis-memory-policy", "redis-keys"} < set(verdicts(found, "not_checked"))


def test_keys_that_no_live_run_has(campaigns: Deployed) -> None:
    held = campaigns.put_campaign("voice")
    # Of this machine's executions no event tells the deployed orchestrator, which would show the campaign again.
    quiet = campaigns.variables(VOICE_CAMPAIGN_STATE_MACHINE_ARN=campaigns.waiting_machine_arn)
    assert CommandLine(quiet).answered("start", held)["success"]
    client = raw_client(campaigns.redis)
    client.sadd("campaign:type:sms:active", "stranger")
    client.srem("campaign:type:voice:active", held)
    client.set("campaign:execution:ghost", "{}")
    client.close()
    found = examined(campaigns.variables())
    assert verdicts(found, "warning") == ["postgres-tls", "redis-keys", "redis-execution-keys"]
    assert "sms shows stranger without a live run" in found["redis-keys"]["what"]
    assert f"voice does not show {held}" in found["redis-keys"]["what"]
    assert found["redis-execution-keys"]["what"].startswith("1 of 2 keys")
    assert found["redis-execution-keys"]["what"].endswith(": ghost")
    assert "redis-cli DEL" in found["redis-execution-keys"]["toDo"]


def test_a_function_and_a_machine_that_are_not_there(campaigns: Deployed) -> None:
    found = examined(
        campaigns.variables(
            SMS_DISPATCHER_FUNCTION_NAME="nobody", VOICE_CAMPAIGN_STATE_MACHINE_ARN=f"{STATE_MACHINE_ARN}-gone"
        )
    )
    assert verdicts(found, "problem") == ["state-machine", "sms-dispatcher"]
    assert verdicts(found, "not_checked") == ["aws-clock", "orphaned-executions"]


def test_an_express_machine(campaigns: Deployed) -> None:
    machines = campaigns.aws.client("stepfunctions")
    definition = machines.describe_state_machine(stateMachineArn=STATE_MACHINE_ARN)["definition"]
    made = machines.create_state_machine(name="express", definition=definition, roleArn=ROLE, type="EXPRESS")
    try:
        found = examined(campaigns.variables(VOICE_CAMPAIGN_STATE_MACHINE_ARN=made["stateMachineArn"]))
        assert verdicts(found, "problem") == ["state-machine"]
        assert "EXPRESS" in found["state-machine"]["what"]
    finally:
        machines.delete_state_machine(stateMachineArn=made["stateMachineArn"])


def test_an_orphaned_execution(campaigns: Deployed) -> None:
    machines = campaigns.aws.client("stepfunctions")
    work = json.dumps({"config": {"callSeconds": 600}})
    waiting = campaigns.waiting_machine_arn
    for name in ("ghost-1-0123abcd", "somebody-elses"):
        machines.start_execution(stateMachineArn=waiting, name=name, input=work)
    found = examined(campaigns.variables(VOICE_CAMPAIGN_STATE_MACHINE_ARN=waiting))
    assert verdicts(found, "problem") == ["orphaned-executions"]
    assert found["orphaned-executions"]["what"].startswith("1 executions")
    assert [state for name, state in campaigns.executions().items() if "ghost-1" in name] == ["RUNNING"]


@pytest.mark.parametrize(
    ("statement", "what"),
    [
        ("UPDATE campaign_pools SET halted_reason = 'x' WHERE name = 'sms'", "sms is halted: x"),
        ("UPDATE campaign_pools SET max_live = 0 WHERE name = 'voice'", "voice has the limit 0 and admits nobody"),
    ],
)
def test_a_pool_that_admits_nobody(campaigns: Deployed, statement: str, what: str) -> None:
    campaigns.sql(statement)
    found = examined(campaigns.variables())
    assert found["pool-limits"]["verdict"] == "warning"
    assert found["pool-limits"]["what"] == what


@frozen
class SkewedClock(Clock):
    """The database's clock, and so many seconds more."""

    campaigns: Deployed
    seconds: float

    def now(self) -> datetime:
        (row,) = self.campaigns.sql("SELECT clock_timestamp() + make_interval(secs => %s)", self.seconds)
        now: datetime = row[0]
        return now


@pytest.mark.parametrize(
    ("seconds", "verdict", "what"),
    [
        (-60.0, Verdict.PROBLEM, "ahead of"),
        (60.0, Verdict.PROBLEM, "behind"),
        (4.0, Verdict.WARNING, "behind"),
        (0.0, Verdict.OK, "agree"),
    ],
)
def test_clocks_that_are_apart(campaigns: Deployed, seconds: float, verdict: Verdict, what: str) -> None:
    settings = read_settings(campaigns.variables())
    container = build_container(settings, {"clock": SkewedClock(campaigns, seconds)})
    installation = Installation(settings, container)
    found = {check.name: finding for check, finding in examine(installation.checks())}
    installation.close()
    close(container)
    assert found["database-clock"].verdict is verdict
    assert what in found["database-clock"].what
    assert (found["aws-clock"].verdict is Verdict.PROBLEM) == (abs(seconds) == 60.0)


def test_the_function_s_own_role(campaigns: Deployed) -> None:
    functions, policies = campaigns.aws.client("lambda"), campaigns.aws.client("iam")
    dispatcher = functions.get_function_configuration(FunctionName=SMS_DISPATCHER)["FunctionArn"]
    resources = [
        STATE_MACHINE_ARN,
        STATE_MACHINE_ARN.replace(":stateMachine:", ":execution:") + ":*",
        dispatcher,
    ]
    role = policies.create_role(RoleName="examined", AssumeRolePolicyDocument=policy(["sts:AssumeRole"], ["*"]))
    code = functions.get_function(FunctionName=SMS_DISPATCHER)["Configuration"]
    functions.create_function(
        FunctionName="examined",
        Runtime=code["Runtime"],
        Handler=code["Handler"],
        Role=role["Role"]["Arn"],
        Code={"S3Bucket": "hot-reload", "S3Key": "/"},
        Timeout=5,
    )
    try:
        found = {}
        for granted, verdict in ((RIGHTS[1:], "problem"), (RIGHTS, "ok")):
            policies.put_role_policy(
                RoleName="examined", PolicyName="own", PolicyDocument=policy(granted, resources)
            )
            found = examined(campaigns.variables(), "--function", "examined")
            assert found["role-rights"]["verdict"] == verdict
            assert ("states:StartExecution" in found["role-rights"]["what"]) == (verdict == "problem")
        assert found["orchestrator-function"]["verdict"] == "warning"
    finally:
        functions.delete_function(FunctionName="examined")
        policies.delete_role_policy(RoleName="examined", PolicyName="own")
        policies.delete_role(RoleName="examined")
    gone = examined(campaigns.variables(), "--function", "examined")
    assert (gone["orchestrator-function"]["verdict"], gone["role-rights"]["verdict"]) == ("problem", "not_checked")


def policy(actions: Any, resources: list[str]) -> str:
    statement = {"Effect": "Allow", "Action": list(actions), "Resource": resources, "Principal": {"AWS": "*"}}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def test_why_a_campaign_does_not_start(campaigns: Deployed) -> None:
    draft, done = campaigns.put_campaign("sms"), campaigns.put_campaign("sms", status="completed")
    fax, strange = campaigns.put_campaign("sms"), campaigns.put_campaign("sms", status="asleep")
    campaigns.sql("UPDATE campaigns SET type = 'fax' WHERE id = %s", fax)
    done_with = CommandLine(campaigns.variables()).run("doctor", draft, done, fax, strange, "nobody", "--json")
    found = [one for one in json.loads(done_with.output)["checks"] if one["check"] == "campaign"]
    assert [one["verdict"] for one in found] == ["ok", "warning", "problem", "problem", "problem"]
    assert found[0]["what"] == f"{draft} is draft; that allows: start, stop"
    assert "fax" in found[2]["what"]
    assert CommandLine(campaigns.variables()).run("doctor", "a b").exit_code == 2
