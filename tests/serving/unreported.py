"""An orchestrator whose dispatchers know nothing of runs, beside the deployed one and on the same stores."""

import json
from pathlib import Path
from typing import Any

from attrs import define, field

from campaign_orchestrator.local.deployment import FOLDER_AS_IT_IS, ROLE
from campaign_orchestrator.local.examples_folder import examples_folder
from campaign_orchestrator.local.run_time_users import DISPATCHER
from campaign_orchestrator.local.service_code import link_code
from serving.deployed import Deployed

ORCHESTRATOR, SMS, LOOK, VOICE = "plain-orchestrator", "plain-sms-dispatcher", "plain-voice-look", "plain-voice"
EXAMPLES = ("plain_sms_dispatcher", "polling_voice_workflow")
LONGEST_SECONDS = 3_600
RIGHTS_ON_CAMPAIGNS = "SELECT, UPDATE (status, updated_at)"


@define
class UnreportedDispatchers:
    """The example dispatchers that report nothing, and the orchestrator that is told so."""

    deployed: Deployed
    code: Path
    orchestrator_arn: str = field(default="", init=False)
    _machine_arn: str = field(default="", init=False)

    def deploy(self) -> None:
        """Make the functions and the state machine. ``code``: an empty folder."""
        link_code(self.code)
        for name in EXAMPLES:
            (self.code / name).symlink_to(examples_folder() / name, target_is_directory=True)
        self.deployed.sql(f"GRANT {RIGHTS_ON_CAMPAIGNS} ON campaigns TO {DISPATCHER}")
        providers = {"DB_USER": DISPATCHER, "MESSAGE_PROVIDER": "recording", "CALL_PROVIDER": "recording"}
        self._make(SMS, "plain_sms_dispatcher.lambda_handler.handler", providers, timeout=60)
        look = self._make(LOOK, "polling_voice_workflow.lambda_handler.handler", providers, timeout=60)
        self._machine_arn = self._make_machine(look)
        variables = {
            "SMS_DISPATCHER_FUNCTION_NAME": SMS,
            "SMS_DISPATCHER_REPORTS": "false",
            "SMS_LONGEST_RUN_SECONDS": str(LONGEST_SECONDS),
            "SMS_BATCH_SIZE": "2",
            "VOICE_CAMPAIGN_STATE_MACHINE_ARN": self._machine_arn,
            "VOICE_WORKFLOW_REPORTS": "false",
        }
        handler = "campaign_orchestrator.lambda_handler.handler"
        self.orchestrator_arn = self._make(ORCHESTRATOR, handler, variables, timeout=25)

    def delete(self) -> None:
        """Delete what was made."""
        self.deployed.sql(f"REVOKE {RIGHTS_ON_CAMPAIGNS} ON campaigns FROM {DISPATCHER}")
        for name in (ORCHESTRATOR, SMS, LOOK):
            self.deployed.aws.client("lambda").delete_function(FunctionName=name)
        self.deployed.aws.client("stepfunctions").delete_state_machine(stateMachineArn=self._machine_arn)

    def told(self, *, destinations: bool) -> None:
        """Let the SMS dispatcher's invocations be told to the orchestrator when they have ended, or to nobody."""
        here = {"Destination": self.orchestrator_arn}
        self.deployed.aws.client("lambda").put_function_event_invoke_config(
            FunctionName=SMS,
            MaximumRetryAttempts=0,
            MaximumEventAgeInSeconds=300,
            DestinationConfig={"OnSuccess": here, "OnFailure": here} if destinations else {},
        )

    def ask(self, action: str, campaign_id: str | None = None, **more: Any) -> dict[str, Any]:
        """Invoke the orchestrator."""
        return self.send({"action": action, **({"campaignId": campaign_id} if campaign_id else {}), **more})

    def send(self, event: dict[str, Any]) -> dict[str, Any]:
        """Invoke the orchestrator with an event of any shape."""
        answer = self.deployed.aws.client("lambda").invoke(FunctionName=ORCHESTRATOR, Payload=json.dumps(event))
        payload: dict[str, Any] = json.load(answer["Payload"])
        assert "FunctionError" not in answer, payload
        return payload

    def run(self, campaign_id: str) -> tuple[int, str, str | None, str | None]:
        """Number, state, outcome and cause of the campaign's latest run."""
        rows = self.deployed.sql(
            "SELECT number, state, outcome, cause FROM campaign_runs WHERE campaign_id = %s"
            " ORDER BY number DESC LIMIT 1",
            campaign_id,
        )
        number, state, outcome, cause = rows[0]
        return number, state, outcome, cause

    def wait_until_ended(self, campaign_id: str) -> tuple[int, str, str | None, str | None]:
        """Wait until the latest run has ended, with nobody's help."""
        self.deployed.wait_until(lambda: self.run(campaign_id)[1] == "ended", what="the run has ended")
        return self.run(campaign_id)

    def _make(self, name: str, handler: str, variables: dict[str, str], *, timeout: int) -> str:
        functions = self.deployed.aws.client("lambda")
        made = functions.create_function(
            FunctionName=name,
            Runtime="python3.11",
            Handler=handler,
            Role=ROLE,
            Code={"S3Bucket": FOLDER_AS_IT_IS, "S3Key": str(self.code)},
            Timeout=timeout,
            Environment={"Variables": self.deployed.variables(**variables)},
        )
        functions.get_waiter("function_active_v2").wait(FunctionName=name)
        return str(made["FunctionArn"])

    def _make_machine(self, look_arn: str) -> str:
        definition = (examples_folder() / "polling_voice_workflow" / "state_machine.asl.json").read_text()
        made = self.deployed.aws.client("stepfunctions").create_state_machine(
            name=VOICE,
            definition=definition.replace("${LookFunctionArn}", look_arn).replace("${SecondsBetweenLooks}", "1"),
            roleArn=ROLE,
        )
        return str(made["stateMachineArn"])
