"""The service as its own template deploys it, asked in every way that AWS offers."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
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

    def processes_of(self, function: str) -> list[int]:
        """The function's processes in this LocalStack, and in no other."""
        wanted = {f"AWS_LAMBDA_FUNCTION_NAME={function}".encode(), f"DB_PORT={self.postgres.port}".encode()}
        found = []
        for process in Path("/proc").glob("[0-9]*"):
            try:
                environment = set((process / "environ").read_bytes().split(b"\0"))
            except OSError:  # it has ended, or is another user's
                continue
            if wanted <= environment:
                found.append(int(process.name))
        return found

    def pass_grace(self, seconds: float) -> None:
        """Let every run grow older, instead of waiting."""
        instants = ("last_attempt_at", "not_after", "lease_until", "last_heartbeat_at", "acknowledged_at")
        moved = ", ".join(f"{name} = {name} - make_interval(secs => {seconds})" for name in instants)
        self.sql(f"UPDATE campaign_runs SET {moved} WHERE state <> 'ended'")

    def outputs_of_executions(self, campaign_id: str) -> list[dict[str, Any]]:
        """What the campaign's executions have returned."""
        functions = self.aws.client("stepfunctions")
        ours = [one for one in self._executions() if one["name"].startswith(f"{campaign_id}-")]
        described = [functions.describe_execution(executionArn=one["executionArn"]) for one in ours]
        return [json.loads(one["output"]) for one in described if "output" in one]

    def history(self, campaign_id: str) -> list[dict[str, Any]]:
        """What has happened to a campaign."""
        entries: list[dict[str, Any]] = self.ask("history", campaign_id)["history"]
        return entries
