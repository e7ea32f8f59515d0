"""Puts the orchestrator, a voice state machine and an SMS dispatcher into a LocalStack."""

import json
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from attrs import frozen

from campaign_orchestrator.local.examples_folder import PACKAGE, examples_folder
from campaign_orchestrator.local.localstack_server import ACCOUNT, REGION

ROLE: Final = f"arn:aws:iam::{ACCOUNT}:role/local"
ORCHESTRATOR: Final = "campaign-orchestrator"
SMS_DISPATCHER: Final = "sms-dispatcher"
VOICE_WORKFLOW: Final = "voice-campaigns"
STATE_MACHINE_ARN: Final = f"arn:aws:states:{REGION}:{ACCOUNT}:stateMachine:{VOICE_WORKFLOW}"
RUNTIME: Final = "python3.11"
ORCHESTRATOR_TIMEOUT_SECONDS: Final = 25
DISPATCHER_TIMEOUT_SECONDS: Final = 60
EVENT_AGE_SECONDS: Final = 300
RETRIES: Final = 2
SECONDS_TO_BE_ACTIVE: Final = 30.0


def dispatcher_variables() -> dict[str, str]:
    """The variables that name what ``deploy`` creates."""
    return {
        "VOICE_CAMPAIGN_STATE_MACHINE_ARN": STATE_MACHINE_ARN,
        "SMS_DISPATCHER_FUNCTION_NAME": SMS_DISPATCHER,
    }


@frozen(kw_only=True)
class Deployment:
    """What runs in a LocalStack. ``client`` gives a boto3 client of a service."""

    client: Any

    def deploy(self, variables: Mapping[str, str]) -> None:
        """Create everything. ``variables``: the orchestrator's environment variables."""
        functions = self.client("lambda")
        definition = (examples_folder() / "voice_workflow" / "state_machine.asl.json").read_text()
        self.client("stepfunctions").create_state_machine(
            name=VOICE_WORKFLOW, definition=definition, roleArn=ROLE, type="STANDARD"
        )
        orchestrator = self._function(
            functions,
            ORCHESTRATOR,
            "campaign_orchestrator.lambda_handler.handler",
            PACKAGE.parent,
            variables,
            ORCHESTRATOR_TIMEOUT_SECONDS,
        )
        self._function(
            functions,
            SMS_DISPATCHER,
            "sms_dispatcher.handler",
            examples_folder() / "sms_dispatcher",
            variables,
            DISPATCHER_TIMEOUT_SECONDS,
        )
        functions.put_function_event_invoke_config(
            FunctionName=SMS_DISPATCHER,
            MaximumRetryAttempts=RETRIES,
            MaximumEventAgeInSeconds=EVENT_AGE_SECONDS,
            DestinationConfig={
                "OnSuccess": {"Destination": orchestrator},
                "OnFailure": {"Destination": orchestrator},
            },
        )
        self._forward_status_changes(orchestrator)

    def invoke(self, event: Mapping[str, Any]) -> dict[str, Any]:
        """Invoke the orchestrator and wait for its answer.

        Raises:
            RuntimeError: the invocation itself has failed.
        """
        answer = self.client("lambda").invoke(FunctionName=ORCHESTRATOR, Payload=json.dumps(event))
        payload: dict[str, Any] = json.load(answer["Payload"])
        if "FunctionError" in answer:
            raise RuntimeError(f"the orchestrator failed: {payload.get('errorMessage')}")
        return payload

    def _function(
        self,
        functions: Any,
        name: str,
        handler: str,
        folder: Path,
        variables: Mapping[str, str],
        timeout_seconds: int,
    ) -> str:
        created = functions.create_function(
            FunctionName=name,
            Runtime=RUNTIME,
            Handler=handler,
            Role=ROLE,
            # The folder itself, not a copy of it: LocalStack's word for that is "hot-reload".
            Code={"S3Bucket": "hot-reload", "S3Key": str(folder)},
            Timeout=timeout_seconds,
            Environment={"Variables": {**variables, "PYTHONDONTWRITEBYTECODE": "1"}},
        )
        give_up = time.monotonic() + SECONDS_TO_BE_ACTIVE
        while (state := functions.get_function_configuration(FunctionName=name)["State"]) != "Active":
            if state == "Failed" or time.monotonic() > give_up:
                raise RuntimeError(f"the function {name} is {state}")
            time.sleep(0.1)
        return str(created["FunctionArn"])

    def _forward_status_changes(self, orchestrator_arn: str) -> None:
        events = self.client("events")
        pattern = {
            "source": ["aws.states"],
            "detail-type": ["Step Functions Execution Status Change"],
            "detail": {"stateMachineArn": [STATE_MACHINE_ARN]},
        }
        events.put_rule(Name="voice-campaign-status", EventPattern=json.dumps(pattern))
        events.put_targets(Rule="voice-campaign-status", Targets=[{"Id": "orchestrator", "Arn": orchestrator_arn}])
