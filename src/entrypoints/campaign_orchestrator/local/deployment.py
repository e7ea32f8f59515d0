"""Puts the whole service into a LocalStack, by the template that deploys it to AWS."""

import json
import time
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Any, Final

from attrs import define

from campaign_orchestrator.local.localstack_server import ACCOUNT, REGION
from campaign_orchestrator.local.run_time_users import DISPATCHER, ORCHESTRATOR
from campaign_orchestrator.local.service_code import link_code
from campaign_orchestrator.local.service_template import self_contained_template
from orchestrator_adapters.postgres.settings import PostgresSettings
from orchestrator_adapters.redis.settings import RedisSettings

ROLE: Final = f"arn:aws:iam::{ACCOUNT}:role/local"
SERVICE: Final = "campaign-orchestrator"
BUCKET: Final = "templates"
SECONDS_TO_CREATE: Final = 180.0
SECONDS_BETWEEN_LOOKS: Final = 0.2
FOLDER_AS_IT_IS: Final = "hot-reload"
"""In place of a bucket: LocalStack then runs the folder that the key names, and not a copy of it."""


class DeploymentFailed(RuntimeError):
    """The stack could not be created; says which resource, and why."""


def dispatcher_variables() -> dict[str, str]:
    """The variables that name the dispatchers of the stack."""
    return {
        "VOICE_CAMPAIGN_STATE_MACHINE_ARN": f"arn:aws:states:{REGION}:{ACCOUNT}:stateMachine:{SERVICE}-voice",
        "SMS_DISPATCHER_FUNCTION_NAME": f"{SERVICE}-sms-dispatcher",
        "SMS_ACTIONS_TOPIC_ARN": f"arn:aws:sns:{REGION}:{ACCOUNT}:{SERVICE}-text-during-call",
    }


@define(slots=False)
class Deployment:
    """The service in a LocalStack. ``client`` gives a boto3 client of a service."""

    client: Any

    def deploy(self, postgres: PostgresSettings, redis: RedisSettings, code: Path) -> None:
        """Create the stack, whose functions use the stores as their own users.

        ``postgres``: the database, which has those users with the same password. ``code``: an empty folder that
        lives as long as the stack; it will show our code.

        Raises:
            DeploymentFailed: it could not be created.
        """
        link_code(code)
        s3 = self.client("s3")
        s3.create_bucket(Bucket=BUCKET)
        s3.put_object(Bucket=BUCKET, Key="template.json", Body=self_contained_template().encode())
        parameters = self._parameters(postgres, redis) | {"CodeBucket": FOLDER_AS_IT_IS, "CodeKey": str(code)}
        cloudformation = self.client("cloudformation")
        cloudformation.create_stack(
            StackName=SERVICE,
            TemplateURL=f"{s3.meta.endpoint_url}/{BUCKET}/template.json",
            Parameters=[{"ParameterKey": key, "ParameterValue": value} for key, value in parameters.items()],
            Capabilities=["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"],
        )
        self._wait_for("CREATE_COMPLETE", SERVICE)

    def delete(self) -> None:
        """Delete the stack.

        Raises:
            DeploymentFailed: something of it could not be deleted.
        """
        cloudformation = self.client("cloudformation")
        stack = cloudformation.describe_stacks(StackName=SERVICE)["Stacks"][0]["StackId"]
        cloudformation.delete_stack(StackName=SERVICE)
        self._wait_for("DELETE_COMPLETE", stack)

    @cached_property
    def outputs(self) -> dict[str, str]:
        """The stack's outputs, by name."""
        stack = self.client("cloudformation").describe_stacks(StackName=SERVICE)["Stacks"][0]
        return {output["OutputKey"]: output["OutputValue"] for output in stack["Outputs"]}

    @property
    def http_address(self) -> str:
        """Where the HTTP API is; LocalStack wants no signature."""
        endpoint = self.client("apigateway").meta.endpoint_url
        return f"{endpoint}/_aws/execute-api/{self.outputs['ApiId']}/prod"

    def invoke(self, event: Mapping[str, Any]) -> dict[str, Any]:
        """Invoke the orchestrator and wait for its answer.

        Raises:
            RuntimeError: the invocation itself has failed.
        """
        answer = self.client("lambda").invoke(FunctionName=SERVICE, Payload=json.dumps(event))
        payload: dict[str, Any] = json.load(answer["Payload"])
        if "FunctionError" in answer:
            raise RuntimeError(f"the orchestrator failed: {payload.get('errorMessage')}")
        return payload

    def _parameters(self, postgres: PostgresSettings, redis: RedisSettings) -> dict[str, str]:
        return {
            "ServiceName": SERVICE,
            "DatabaseHost": postgres.host,
            "DatabasePort": str(postgres.port),
            "DatabaseName": postgres.dbname,
            "DatabaseUser": ORCHESTRATOR,
            "DatabaseSecretArn": self._secret("database", postgres.password),
            "DispatcherDatabaseUser": DISPATCHER,
            "DispatcherDatabaseSecretArn": self._secret("dispatcher-database", postgres.password),
            "DatabaseSslMode": "disable",
            "RedisHost": redis.host,
            "RedisPort": str(redis.port),
            "RedisTls": "false",
            "RedisCluster": "false",
            "RedisUsername": redis.username or "",
            "RedisSecretArn": self._secret("redis", redis.password or ""),
            "MessageProvider": "recording",
            "CallProvider": "recording",
            # LocalStack stops an execution only between its tasks.
            "SecondsOfALook": "2",
            # LocalStack has no dashboards.
            "Dashboard": "false",
        }

    def _secret(self, name: str, password: str) -> str:
        made = self.client("secretsmanager").create_secret(
            Name=f"{SERVICE}-{name}", SecretString=json.dumps({"password": password})
        )
        return str(made["ARN"])

    def _wait_for(self, wanted: str, stack_name: str) -> None:
        cloudformation = self.client("cloudformation")
        give_up = time.monotonic() + SECONDS_TO_CREATE
        while True:
            status = cloudformation.describe_stacks(StackName=stack_name)["Stacks"][0]["StackStatus"]
            if status == wanted:
                return
            if not status.endswith("_IN_PROGRESS") or time.monotonic() > give_up:
                raise DeploymentFailed(f"the stack is {status}: {_complaints(cloudformation, stack_name)}")
            time.sleep(SECONDS_BETWEEN_LOOKS)


def _complaints(cloudformation: Any, stack_name: str) -> str:
    events = cloudformation.describe_stack_events(StackName=stack_name)["StackEvents"]
    failed = [event for event in events if event["ResourceStatus"].endswith("FAILED")]
    return "; ".join(f"{event['LogicalResourceId']}: {event.get('ResourceStatusReason')}" for event in failed)
