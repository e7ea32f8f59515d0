"""Each function's role may do what the function does, and nothing else.

Every function of deploy/template.yaml is run with the variables that the template gives it, in a process of its
own, on every path on which it calls AWS. What it called is compared with what its role may do, in both directions.
"""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from attrs import field, frozen

from asking.requests import unique
from asking.stores import PostgresStoreUnderTest
from asking.voice_machine import WORKFLOW
from campaign_orchestrator.local.contact_tables import create_contact_tables
from campaign_orchestrator.local.deployment import ROLE
from campaign_orchestrator.local.localstack_server import ACCOUNT
from campaign_orchestrator.local.run_time_users import DISPATCHER, ORCHESTRATOR
from dispatching.desk import Desk
from orchestrator_adapters.postgres.settings import PostgresSettings
from orchestrator_adapters.redis.settings import RedisSettings
from recording.template_rights import (
    EVERYTHING,
    OF_THE_PLATFORM,
    SERVICE,
    Needed,
    TemplateOfAFunction,
    is_for,
    is_of_the_platform,
)
from serving.functions import make_function
from serving.servers import AwsServer

TESTS = Path(__file__).parents[2]
TASK_SECONDS = 60.0
SILENT = "def handler(event, context):\n    return None\n"
NAMED_BY_AWS = (f":execution:{SERVICE}-voice:*", "/contact/*")
"""Resources that get their names when they are made."""
FUNCTIONS = TemplateOfAFunction({}).functions()


@frozen(kw_only=True)
class RecordedFunction:
    """A function of the template in a process, and the calls of AWS that it has made."""

    process: subprocess.Popen[str]
    calls: list[dict[str, Any]] = field(factory=list)

    def __call__(self, event: Mapping[str, Any], *, seconds: float = TASK_SECONDS) -> dict[str, Any]:
        asked = {"event": event, "requestId": unique("request"), "seconds": seconds}
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        print(json.dumps(asked), file=self.process.stdin, flush=True)
        told = json.loads(self.process.stdout.readline())
        self.calls.extend(told["calls"])
        answer: dict[str, Any] = told["answer"]
        assert "failed" not in answer, answer
        return answer


@frozen(kw_only=True)
class Scene:
    """A stack of the template's names, without its deployment: what is called is there, and answers."""

    template: TemplateOfAFunction
    desk: Desk
    start: Callable[[str], RecordedFunction]

    @property
    def topic(self) -> str:
        return self.template.variables("OrchestratorFunction")["SMS_ACTIONS_TOPIC_ARN"]

    def put_hybrid(self) -> str:
        actions = {"message": "Thank you", "topicArn": self.topic}
        return self.desk.put_campaign("hybrid", contacts=1, smsActions=actions, maxCallSeconds=1)


@pytest.fixture(scope="module")
def scene(
    aws_server: AwsServer,
    module_database: PostgresSettings,
    redis_server: Any,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Scene]:
    redis: RedisSettings = redis_server.settings
    redis_server.flush()
    create_contact_tables(module_database, DISPATCHER)
    secrets = {
        name: made_secret(aws_server, password)
        for name, password in {
            "DatabaseSecretArn": module_database.password,
            "DispatcherDatabaseSecretArn": module_database.password,
            "RedisSecretArn": redis.password or "",
        }.items()
    }
    template = TemplateOfAFunction(
        {
            "ServiceName": SERVICE,
            "DatabaseHost": module_database.host,
            "DatabasePort": str(module_database.port),
            "DatabaseName": module_database.dbname,
            "DatabaseUser": ORCHESTRATOR,
            "DispatcherDatabaseUser": DISPATCHER,
            "DatabaseSslMode": "disable",
            "RedisHost": redis.host,
            "RedisPort": str(redis.port),
            "RedisUsername": redis.username or "",
            "RedisTls": "false",
            "RedisCluster": "false",
            "ConnectInstanceId": "an-instance",
            "ConnectContactFlowId": "a-flow",
            "ConnectSourcePhoneNumber": "+15550000000",
            **secrets,
        }
    )
    make_what_is_called(aws_server)
    store = PostgresStoreUnderTest(module_database)
    with ExitStack() as processes, (tmp_path_factory.mktemp("recorded") / "log").open("w") as log:

        @cache
        def start(function: str) -> RecordedFunction:
            variables = template.variables(function) | {
                "AWS_REGION": aws_server.region,
                "AWS_ENDPOINT_URL": aws_server.endpoint_url,
                "AWS_ACCESS_KEY_ID": ACCOUNT,
                "AWS_SECRET_ACCESS_KEY": "local",
                "AWS_LAMBDA_FUNCTION_NAME": f"{SERVICE}-sms-dispatcher",
            }
            process = processes.enter_context(started(template.handler(function), variables, log))
            processes.callback(process.terminate)
            return RecordedFunction(process=process)

        yield Scene(template=template, desk=Desk(store), start=start)
    store.close()
    remove_what_was_called(aws_server, list(secrets.values()))
    redis_server.flush()


def started(handler: str, variables: Mapping[str, str], log: Any) -> subprocess.Popen[str]:
    kept = {name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ}
    paths = f"{TESTS}:{TESTS.parent / 'examples'}"
    return subprocess.Popen(
        [sys.executable, "-m", "recording.recorded_function", handler],
        env={**kept, "PYTHONPATH": paths, **variables},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=log,
        text=True,
    )


def made_secret(aws: AwsServer, password: str) -> str:
    made = aws.client("secretsmanager").create_secret(
        Name=unique("recorded"), SecretString=json.dumps({"password": password})
    )
    return str(made["ARN"])


def make_what_is_called(aws: AwsServer) -> None:
    aws.client("stepfunctions").create_state_machine(
        name=f"{SERVICE}-voice", definition=WORKFLOW.read_text(), roleArn=ROLE
    )
    make_function(aws, f"{SERVICE}-sms-dispatcher", SILENT)
    aws.client("sns").create_topic(Name=f"{SERVICE}-text-during-call")


def remove_what_was_called(aws: AwsServer, secrets: list[str]) -> None:
    for secret in secrets:
        aws.client("secretsmanager").delete_secret(SecretId=secret, ForceDeleteWithoutRecovery=True)
    aws.client("lambda").delete_function(FunctionName=f"{SERVICE}-sms-dispatcher")
    machines = aws.client("stepfunctions").list_state_machines()["stateMachines"]
    (machine,) = (one["stateMachineArn"] for one in machines if one["name"] == f"{SERVICE}-voice")
    aws.client("stepfunctions").delete_state_machine(stateMachineArn=machine)
    (topic,) = (
        one["TopicArn"]
        for one in aws.client("sns").list_topics()["Topics"]
        if one["TopicArn"].endswith(SERVICE + "-text-during-call")
    )
    aws.client("sns").delete_topic(TopicArn=topic)


# ---------------------------------------------------------------- every path on which AWS is called


def drive_the_orchestrator(scene: Scene) -> RecordedFunction:
    ask = scene.start("OrchestratorFunction")
    campaigns = {kind: scene.desk.put_campaign(kind, callSeconds=600) for kind in ("voice", "sms", "hybrid")}
    for campaign in campaigns.values():
        answer = ask({"action": "start", "campaignId": campaign})
        assert answer["success"], answer
    scene.desk.store.pass_time(400)  # so that a reconciliation looks at what nobody has claimed
    assert ask({"action": "reconcile"})["success"]
    ask({"source": "aws.events", "detail-type": "Scheduled Event", "detail": {}})
    for campaign in campaigns.values():
        ask({"action": "stop", "campaignId": campaign})
    return ask


def begun_calls(scene: Scene) -> dict[str, Any]:
    """The event of a Monitor task: a hybrid campaign's run is claimed, and its call is placed and too long."""
    campaign = scene.put_hybrid()
    order = {**scene.desk.order(campaign), "smsActions": {"message": "Thank you", "topicArn": scene.topic}}
    event: dict[str, Any] = {"order": order, "executionName": unique("execution")}
    event["work"] = scene.start("ValidationFunction")(event)
    event["work"] = scene.start("DispatchFunction")(event)
    assert event["work"]["next"] == "Monitor", event
    scene.desk.store.sql(
        "UPDATE campaign_contacts SET updated_at = updated_at - interval '10 s' WHERE campaign_id = %s", campaign
    )
    return event


def drive_validation(scene: Scene) -> RecordedFunction:
    begun_calls(scene)
    return scene.start("ValidationFunction")


def drive_dispatch(scene: Scene) -> RecordedFunction:
    begun_calls(scene)
    return scene.start("DispatchFunction")


def drive_monitor(scene: Scene) -> RecordedFunction:
    monitor = scene.start("MonitorFunction")
    assert monitor(begun_calls(scene))["next"] == "Report"
    return monitor


def drive_aftercare(scene: Scene) -> RecordedFunction:
    aftercare = scene.start("AftercareFunction")
    assert aftercare({"detail": {"name": begun_calls(scene)["executionName"]}})["next"] == "Report"
    return aftercare


def drive_report(scene: Scene) -> RecordedFunction:
    event = begun_calls(scene)
    event["work"] = scene.start("MonitorFunction")(event)
    report = scene.start("ReportFunction")
    report(event)
    return report


def drive_text_during_call(scene: Scene) -> RecordedFunction:
    text = scene.start("TextDuringCallFunction")
    wanted = {"campaignId": scene.put_hybrid(), "contactId": "contact-1", "message": "Thank you"}
    assert text({"Records": [{"Sns": {"Message": json.dumps(wanted)}}]}) == {"texts": ["sent"]}
    return text


def drive_the_sms_dispatcher(scene: Scene) -> RecordedFunction:
    dispatcher = scene.start("SmsDispatcherFunction")
    order = {**scene.desk.order(scene.desk.put_campaign(contacts=1)), "action": "dispatch"}
    assert dispatcher(order, seconds=2.0)["ended"] == "out_of_time"
    assert dispatcher({**order, "claimant": "somebody-else"})["ended"] != "finished"
    other = {**scene.desk.order(scene.desk.put_campaign(contacts=1)), "action": "dispatch"}
    assert dispatcher(other)["ended"] == "finished"
    return dispatcher


DRIVES: dict[str, Callable[[Scene], RecordedFunction]] = {
    "OrchestratorFunction": drive_the_orchestrator,
    "ValidationFunction": drive_validation,
    "DispatchFunction": drive_dispatch,
    "MonitorFunction": drive_monitor,
    "AftercareFunction": drive_aftercare,
    "ReportFunction": drive_report,
    "TextDuringCallFunction": drive_text_during_call,
    "SmsDispatcherFunction": drive_the_sms_dispatcher,
}


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_function_s_role_may_do_what_the_function_does_and_nothing_else(scene: Scene, function: str) -> None:
    scene.desk.store.sql("DELETE FROM campaign_runs")  # every pool has room
    calls = DRIVES[function](scene).calls
    rights = scene.template.rights(function)
    ours = {right for right in rights if not is_of_the_platform(function, right)}
    needed = {one for call in calls for one in Needed.of(call)}
    assert {one for one in needed if not any(one.is_in(right) for right in ours)} == set()
    assert {right for right in ours if not any(one.is_in(right) for one in needed)} == set()
    denied = scene.template.rights(function, "Deny")
    assert {one for one in needed for right in denied if one.is_in(right)} == set()
    without_resource = {one.action for one in needed if one.resource is None}
    assert {right.action for right in ours if right.resource == EVERYTHING} <= without_resource
    assert {right for right in ours if "*" in right.resource.removesuffix(EVERYTHING)} == set()
    patterns = {right.resource for right in ours if right.resource.endswith(EVERYTHING)} - {EVERYTHING}
    assert all(pattern.endswith(NAMED_BY_AWS) for pattern in patterns), patterns


def test_every_right_of_the_platform_is_one_of_the_template() -> None:
    template = TemplateOfAFunction({"ServiceName": SERVICE})
    rights = [(function, right) for function in FUNCTIONS for right in template.rights(function)]
    for one in OF_THE_PLATFORM:
        allowed = {right.action for function, right in rights if is_for(one, function, right)}
        assert allowed == set(one["actions"]), one["why"]
