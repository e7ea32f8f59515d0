"""The service as its own template deploys it, asked in every way that AWS offers."""

import json
from collections.abc import Callable, Mapping
from typing import Any

import requests
from attrs import define

from serving.deployed import Deployed


@define(kw_only=True)
class Stack(Deployed):
    """Every other way into the service, through AWS's own interfaces."""

    @property
    def outputs(self) -> dict[str, str]:
        return self.deployment.outputs

    def send_and_forget(self, event: Mapping[str, Any]) -> None:
        """An asynchronous invocation, as ``aws lambda invoke --invocation-type Event`` makes it."""
        answer = self.aws.client("lambda").invoke(
            FunctionName=self.outputs["FunctionName"], InvocationType="Event", Payload=json.dumps(event)
        )
        assert answer["StatusCode"] == 202

    def http(self, method: str, path: str, **more: Any) -> tuple[int, dict[str, Any]]:
        """One request to the API."""
        answer = requests.request(method, self.deployment.http_address + path, timeout=60, **more)
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
