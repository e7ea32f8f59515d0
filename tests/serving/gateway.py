"""The orchestrator's HTTP API and command queue in LocalStack."""

import json
from pathlib import Path
from typing import Any

import yaml
from attrs import frozen

from campaign_orchestrator.local.deployment import ORCHESTRATOR
from serving.servers import AwsServer

CONTRACT = Path(__file__).parents[2] / "deploy" / "openapi.yaml"
STAGE = "prod"
SECONDS_INVISIBLE = 2
MOST_RECEIVES = 3


@frozen(kw_only=True)
class Gateway:
    """``url``: of the API's stage; ``queue_url``, ``dead_letter_url``: of the commands."""

    url: str
    queue_url: str
    dead_letter_url: str


def open_gateway(aws: AwsServer) -> Gateway:
    """Import the contract as a REST API, and let the orchestrator consume a queue."""
    function = aws.client("lambda").get_function(FunctionName=ORCHESTRATOR)["Configuration"]["FunctionArn"]
    sqs = aws.client("sqs")
    dead_letters = sqs.create_queue(QueueName="commands-dead")["QueueUrl"]
    dead_arn = sqs.get_queue_attributes(QueueUrl=dead_letters, AttributeNames=["QueueArn"])["Attributes"][
        "QueueArn"
    ]
    queue = sqs.create_queue(
        QueueName="commands",
        Attributes={
            "VisibilityTimeout": str(SECONDS_INVISIBLE),
            "RedrivePolicy": json.dumps({"deadLetterTargetArn": dead_arn, "maxReceiveCount": MOST_RECEIVES}),
        },
    )["QueueUrl"]
    queue_arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    aws.client("lambda").create_event_source_mapping(
        EventSourceArn=queue_arn, FunctionName=ORCHESTRATOR, FunctionResponseTypes=["ReportBatchItemFailures"]
    )
    gateway = aws.client("apigateway")
    contract = _resolved(yaml.safe_load(CONTRACT.read_text()), aws, function)
    api = gateway.import_rest_api(body=json.dumps(contract))
    gateway.create_deployment(restApiId=api["id"], stageName=STAGE)
    return Gateway(
        url=f"{aws.endpoint_url}/_aws/execute-api/{api['id']}/{STAGE}",
        queue_url=queue,
        dead_letter_url=dead_letters,
    )


def _resolved(part: Any, aws: AwsServer, function: str) -> Any:
    """``part`` with what CloudFormation would put in place of Fn::Sub."""
    if isinstance(part, list):
        return [_resolved(one, aws, function) for one in part]
    if not isinstance(part, dict):
        return part
    if "Fn::Sub" in part:
        text: str = part["Fn::Sub"]
        for name, value in {
            "AWS::Partition": "aws",
            "AWS::Region": aws.region,
            "OrchestratorFunction.Arn": function,
        }.items():
            text = text.replace(f"${{{name}}}", value)
        return text
    return {name: _resolved(one, aws, function) for name, one in part.items()}
