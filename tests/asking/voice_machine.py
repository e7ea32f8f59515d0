"""State machines in LocalStack."""

from campaign_orchestrator.local.deployment import ROLE
from campaign_orchestrator.local.examples_folder import examples_folder
from serving.servers import AwsServer

_made: dict[str, str] = {}


def a_state_machine(server: AwsServer) -> str:
    """The ARN of the example voice workflow, made once per server."""
    if server.endpoint_url not in _made:
        definition = (examples_folder() / "voice_workflow" / "state_machine.asl.json").read_text()
        made = server.client("stepfunctions").create_state_machine(
            name="contract", definition=definition, roleArn=ROLE
        )
        _made[server.endpoint_url] = made["stateMachineArn"]
    return _made[server.endpoint_url]
