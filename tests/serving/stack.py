"""The service as its own template deploys it, in a LocalStack."""

import json
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

import requests
from attrs import define, field

from orchestrator_adapters.postgres.settings import PostgresSettings
from orchestrator_adapters.redis.settings import RedisSettings
from self_contained_template import self_contained_template
from service_package import lay_out_our_code, write_zip
from serving.deployed import Deployed
from serving.servers import AwsServer

NAME: Final = "stacked"
RECONCILE_RULE: Final = f"{NAME}-reconcile"
BUCKET: Final = "packages"
SECONDS_TO_CREATE: Final = 120.0
SECONDS_INVISIBLE: Final = 1
"""Of a queued command that has failed, in place of the template's 150: the tests wait for its every delivery."""


@define(kw_only=True)
class Stack(Deployed):
    """The stack and its outputs. Everything but the database and Redis is asked through AWS's own interfaces."""

    outputs: Mapping[str, str] = field(factory=dict)
    target_of_the_schedule: str = ""

    def ask(self, action: str, campaign_id: str | None = None, **more: Any) -> dict[str, Any]:
        return self.send({"action": action, **({"campaignId": campaign_id} if campaign_id else {}), **more})

    def send(self, event: Mapping[str, Any]) -> dict[str, Any]:
        answer = self.aws.client("lambda").invoke(
            FunctionName=self.outputs["FunctionName"], Payload=json.dumps(event)
        )
        payload: dict[str, Any] = json.load(answer["Payload"])
        assert "FunctionError" not in answer, payload
        return payload

    def send_and_forget(self, event: Mapping[str, Any]) -> None:
        """An asynchronous invocation, as ``aws lambda invoke --invocation-type Event`` makes it."""
        answer = self.aws.client("lambda").invoke(
            FunctionName=self.outputs["FunctionName"], InvocationType="Event", Payload=json.dumps(event)
        )
        assert answer["StatusCode"] == 202

    def http(self, method: str, path: str, **more: Any) -> tuple[int, dict[str, Any]]:
        """One request to the API."""
        url = f"{self.aws.endpoint_url}/_aws/execute-api/{self.outputs['ApiId']}/prod{path}"
        answer = requests.request(method, url, timeout=60, **more)
        return answer.status_code, answer.json()

    def queue(self, command: Mapping[str, Any]) -> None:
        """Queue one command."""
        url = self.outputs["CommandQueueUrl"]
        self.aws.client("sqs").send_message(QueueUrl=url, MessageBody=json.dumps(command))

    def put_aside(self, output: str, wanted: Callable[[str], bool]) -> list[dict[str, Any]]:
        """Take what is wanted out of one of the dead-letter queues, once something is there."""
        sqs, url = self.aws.client("sqs"), self.outputs[output]
        found: list[dict[str, Any]] = []

        def look() -> bool:
            for message in sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", []):
                if wanted(message["Body"]):
                    found.append(json.loads(message["Body"]))
                sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
            return bool(found)

        self.wait_until(look, what=f"a message in {output}")
        return found

    def reconcile_as_the_schedule_does(self) -> None:
        """Give the schedule's target the event that the schedule gives it each minute."""
        scheduled = {"source": "aws.events", "detail-type": "Scheduled Event", "detail": {}}
        self.aws.client("lambda").invoke(
            FunctionName=self.target_of_the_schedule, InvocationType="Event", Payload=json.dumps(scheduled)
        )

    def log(self, beginning: str) -> list[str]:
        """The lines of the orchestrator's log group that begin so."""
        pages = self.aws.client("logs").get_paginator("filter_log_events")
        group = f"/aws/lambda/{self.outputs['FunctionName']}"
        events = (event for page in pages.paginate(logGroupName=group) for event in page["events"])
        return [event["message"] for event in events if event["message"].startswith(beginning)]

    def history(self, campaign_id: str) -> list[dict[str, Any]]:
        """What has happened to a campaign."""
        entries: list[dict[str, Any]] = self.ask("history", campaign_id)["history"]
        return entries


def create_stack(aws: AwsServer, postgres: PostgresSettings, redis: RedisSettings, folder: Path) -> Stack:
    """Build the zip and the template, put them into S3, and create the stack. ``folder``: for what is built."""
    _upload(aws, folder)
    secrets = aws.client("secretsmanager")
    arns = {
        name: secrets.create_secret(Name=f"{NAME}-{name}", SecretString=json.dumps({"password": password}))["ARN"]
        for name, password in {"database": postgres.password, "redis": redis.password}.items()
    }
    parameters = {
        "ServiceName": NAME,
        "CodeBucket": BUCKET,
        "CodeKey": "package.zip",
        "DatabaseHost": postgres.host,
        "DatabasePort": postgres.port,
        "DatabaseName": postgres.dbname,
        "DatabaseUser": postgres.user,
        "DatabaseSecretArn": arns["database"],
        "DatabaseSslMode": "disable",
        "RedisHost": redis.host,
        "RedisPort": redis.port,
        "RedisTls": "false",
        "RedisCluster": "false",
        "RedisSecretArn": arns["redis"],
        # LocalStack has no dashboards.
        "Dashboard": "false",
    }
    cloudformation = aws.client("cloudformation")
    cloudformation.create_stack(
        StackName=NAME,
        TemplateURL=f"{aws.endpoint_url}/{BUCKET}/template.json",
        Parameters=[{"ParameterKey": key, "ParameterValue": str(value)} for key, value in parameters.items()],
        Capabilities=["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"],
    )
    outputs = _outputs_when_complete(cloudformation)
    aws.client("sqs").set_queue_attributes(
        QueueUrl=outputs["CommandQueueUrl"], Attributes={"VisibilityTimeout": str(SECONDS_INVISIBLE)}
    )
    return Stack(
        postgres=postgres,
        redis=redis,
        aws=aws,
        state_machine_arn=outputs["VoiceStateMachineArn"],
        outputs=outputs,
        target_of_the_schedule=_target_taken_off(aws.client("events")),
    )


def _target_taken_off(events: Any) -> str:
    """A test that waits for anything else must not be helped by a reconciliation. (LocalStack runs a schedule also
    when its rule is disabled.)"""
    (target,) = events.list_targets_by_rule(Rule=RECONCILE_RULE)["Targets"]
    events.remove_targets(Rule=RECONCILE_RULE, Ids=[target["Id"]])
    return str(target["Arn"])


def delete_stack(aws: AwsServer) -> None:
    """Delete the stack and what it was made from; fails when something cannot be deleted."""
    cloudformation = aws.client("cloudformation")
    stack = cloudformation.describe_stacks(StackName=NAME)["Stacks"][0]["StackId"]
    cloudformation.delete_stack(StackName=NAME)
    _wait_for(cloudformation, stack, "DELETE_COMPLETE")


def _upload(aws: AwsServer, folder: Path) -> None:
    content = folder / "content"
    lay_out_our_code(content)
    write_zip(content, folder / "package.zip")
    s3 = aws.client("s3")
    s3.create_bucket(Bucket=BUCKET)
    s3.upload_file(str(folder / "package.zip"), BUCKET, "package.zip")
    s3.put_object(Bucket=BUCKET, Key="template.json", Body=self_contained_template().encode())


def _outputs_when_complete(cloudformation: Any) -> dict[str, str]:
    stack = _wait_for(cloudformation, NAME, "CREATE_COMPLETE")
    return {output["OutputKey"]: output["OutputValue"] for output in stack["Outputs"]}


def _wait_for(cloudformation: Any, name: str, wanted: str) -> dict[str, Any]:
    give_up = time.monotonic() + SECONDS_TO_CREATE
    while True:
        stack: dict[str, Any] = cloudformation.describe_stacks(StackName=name)["Stacks"][0]
        if stack["StackStatus"] == wanted:
            return stack
        assert stack["StackStatus"].endswith("_IN_PROGRESS"), _why(cloudformation, name)
        assert time.monotonic() < give_up, f"the stack is not {wanted} within {SECONDS_TO_CREATE} s"
        time.sleep(0.2)


def _why(cloudformation: Any, name: str) -> str:
    events = cloudformation.describe_stack_events(StackName=name)["StackEvents"]
    failed = [event for event in events if event["ResourceStatus"].endswith("FAILED")]
    return "; ".join(f"{event['LogicalResourceId']}: {event.get('ResourceStatusReason')}" for event in failed)
