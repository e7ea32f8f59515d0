"""State machines in LocalStack."""

from pathlib import Path

from campaign_orchestrator.local.deployment import ROLE
from serving.servers import AwsServer

WORKFLOW = Path(__file__).with_name("workflow_that_never_claims.asl.json")
"""Waits as long as its input says, and calls nothing."""
_made: dict[str, str] = {}


def a_state_machine(server: AwsServer) -> str:
    """The ARN of a state machine that calls nothing, made once per server."""
    if server.endpoint_url not in _made:
        definition = WORKFLOW.read_text()
        made = server.client("stepfunctions").create_state_machine(
            name="contract", definition=definition, roleArn=ROLE
        )
        _made[server.endpoint_url] = made["stateMachineArn"]
    return _made[server.endpoint_url]
