"""The deployed orchestrator, and a view of what is really there."""

import json
import time
from collections.abc import Callable, Mapping
from itertools import count
from pathlib import Path
from typing import Any, Self

from attrs import define, field

from asking.voice_machine import a_state_machine
from campaign_orchestrator.local.deployment import Deployment, dispatcher_variables
from campaign_orchestrator.local.run_time_users import as_orchestrator
from campaign_orchestrator.local.server_variables import server_variables
from orchestrator_adapters.postgres.settings import PostgresSettings
from orchestrator_adapters.redis.settings import RedisSettings
from serving import direct_sql
from serving.servers import AwsServer, flush, raw_client
from watching.canaries import CONFIG_CANARY

SECONDS_TO_WAIT = 60.0
RECONCILE_RULE = "campaign-orchestrator-reconcile"
SECONDS_INVISIBLE = 1
"""Of a queued command that has failed, in place of the template's 150: the tests wait for its every delivery."""
CONFIGS: dict[str, dict[str, Any]] = {
    "sms": {"message": "Good day", "messagesPerSecond": 1_000, "note": CONFIG_CANARY},
    # The waiting machine heeds callSeconds; the real workflow lets each call last as its contact says.
    "voice": {"maxCallSeconds": 700, "callSeconds": 600, "note": CONFIG_CANARY},
    "hybrid": {
        "maxCallSeconds": 700,
        "callSeconds": 600,
        "smsActions": {"message": "Thank you, neighbour"},
        "note": CONFIG_CANARY,
    },
}
CONTACTS = {"sms": 10, "voice": 1, "hybrid": 1}
_numbers = count(1)


@define(kw_only=True)
class Deployed:
    """The service as its own template deploys it, in a LocalStack, and its stores."""

    postgres: PostgresSettings
    redis: RedisSettings
    aws: AwsServer
    deployment: Deployment = field(init=False)
    target_of_the_schedule: str = field(default="", init=False)
    _first_number: int = field(default=0, init=False)

    def __attrs_post_init__(self) -> None:
        self.deployment = Deployment(client=self.aws.client)

    @property
    def state_machine_arn(self) -> str:
        return self.deployment.outputs["VoiceStateMachineArn"]

    def deploy(self, code: Path) -> Self:
        """Create the stack. ``code``: an empty folder."""
        self.deployment.deploy(self.postgres, self.redis, code)
        self.aws.client("sqs").set_queue_attributes(
            QueueUrl=self.deployment.outputs["CommandQueueUrl"],
            Attributes={"VisibilityTimeout": str(SECONDS_INVISIBLE)},
        )
        self.target_of_the_schedule = self._target_taken_off()
        return self

    def _target_taken_off(self) -> str:
        """A test that waits for anything else must not be helped by a reconciliation. (LocalStack runs a schedule
        also when its rule is disabled.)"""
        events = self.aws.client("events")
        (target,) = events.list_targets_by_rule(Rule=RECONCILE_RULE)["Targets"]
        events.remove_targets(Rule=RECONCILE_RULE, Ids=[target["Id"]])
        return str(target["Arn"])

    def variables(self, **overrides: str) -> dict[str, str]:
        """The environment of an orchestrator that uses these stores and dispatchers."""
        return {
            **server_variables(as_orchestrator(self.postgres), self.redis, aws_endpoint_url=self.aws.endpoint_url),
            **dispatcher_variables(),
            **overrides,
        }

    def ask(self, action: str, campaign_id: str | None = None, **more: Any) -> dict[str, Any]:
        """Invoke the deployed orchestrator."""
        event = {"action": action, **({"campaignId": campaign_id} if campaign_id else {}), **more}
        return self.deployment.invoke(event)

    def send(self, event: Mapping[str, Any]) -> dict[str, Any]:
        """Invoke the deployed orchestrator with an event of any shape."""
        return self.deployment.invoke(event)

    def put_campaign(
        self,
        campaign_type: str,
        *,
        status: str = "draft",
        contacts: int | None = None,
        variables: Mapping[str, Any] | None = None,
        **config: Any,
    ) -> str:
        """Store a campaign of its own, and contacts that all have the same ``variables``; returns its id.

        Calls last for ten minutes without ``variables``.
        """
        campaign_id = f"{campaign_type}-{next(_numbers)}"
        self.sql(
            "INSERT INTO campaigns (id, name, type, status, config) VALUES (%s, %s, %s, %s, %s)",
            campaign_id,
            "A campaign",
            campaign_type,
            status,
            json.dumps(CONFIGS[campaign_type] | config),
        )
        self.sql(
            "INSERT INTO campaign_contacts (campaign_id, contact_id, phone, variables)"
            " SELECT %s, 'contact-' || n, '+1555' || lpad(n::text, 7, '0'), %s FROM generate_series(1, %s) n",
            campaign_id,
            json.dumps({"callSeconds": 600} if variables is None else variables),
            contacts if contacts is not None else CONTACTS[campaign_type],
        )
        return campaign_id

    def contacts(self, campaign_id: str) -> dict[str, int]:
        """How many of the campaign's contacts are in each state."""
        rows = self.sql(
            "SELECT state, count(*) FROM campaign_contacts WHERE campaign_id = %s GROUP BY state", campaign_id
        )
        return dict(rows)

    def messages(self, campaign_id: str) -> dict[str, int]:
        """How many messages each contact of the campaign was sent, by the recording provider's table."""
        rows = self.sql(
            "SELECT contact_id, count(*) FROM recorded_messages WHERE campaign_id = %s GROUP BY contact_id",
            campaign_id,
        )
        return dict(rows)

    def sql(self, statement: str, *parameters: Any) -> list[Any]:
        """Ask the database directly."""
        return direct_sql.ask(self.postgres, statement, *parameters)

    def members(self, pool: str) -> set[str]:
        """The set in Redis that names the pool's holders."""
        client = raw_client(self.redis)
        try:
            shown = set(client.smembers(f"campaign:type:{pool}:active"))
        finally:
            client.close()
        return {one for one in shown if not self._is_of_an_earlier_test(one)}

    def _is_of_an_earlier_test(self, campaign_id: str) -> bool:
        """What a late signal of an earlier test's execution shows is not this test's."""
        number = campaign_id.rpartition("-")[2]
        return number.isdigit() and int(number) < self._first_number

    def live(self, pool: str) -> set[str]:
        """The campaigns that hold a slot, according to the database."""
        rows = self.sql("SELECT campaign_id::text FROM campaign_runs WHERE pool = %s AND state <> 'ended'", pool)
        return {row[0] for row in rows}

    @property
    def waiting_machine_arn(self) -> str:
        """A state machine that is not in the template: its executions wait, and call no function."""
        return a_state_machine(self.aws)

    def executions(self, **only: str) -> dict[str, str]:
        """Every execution's name and status, of both state machines, from Step Functions itself."""
        return {one["executionArn"].rsplit(":", 1)[1]: one["status"] for one in self._executions(**only)}

    def _executions(self, **only: str) -> list[dict[str, Any]]:
        pages = self.aws.client("stepfunctions").get_paginator("list_executions")
        machines = (self.state_machine_arn, self.waiting_machine_arn)
        listed = [page for arn in machines for page in pages.paginate(stateMachineArn=arn, **only)]
        return [execution for page in listed for execution in page["executions"]]

    def wait_until_calling(self, *campaign_ids: str) -> None:
        """Wait until each campaign has a call in progress."""
        self.wait_until(
            lambda: all(self.contacts(campaign).get("calling") for campaign in campaign_ids), what="calls go on"
        )

    def hang_up(self, campaign_id: str) -> None:
        """End the campaign's calls, as those who are called might, and wait until it holds no slot."""
        self.sql("UPDATE recorded_calls SET hung_up_at = clock_timestamp() WHERE campaign_id = %s", campaign_id)
        self.wait_until(lambda: campaign_id not in self.live("voice"), what="at rest")

    def execution_of(self, answer: Mapping[str, Any]) -> str:
        """The status of the execution that an answer names, from Step Functions itself."""
        described = self.aws.client("stepfunctions").describe_execution(executionArn=answer["executionArn"])
        return str(described["status"])

    def has_closed(self, answer: Mapping[str, Any]) -> bool:
        """Whether the execution that an answer names has closed. (LocalStack shows one that is stopped between two
        tasks as failed now and then.)"""
        return self.execution_of(answer) != "RUNNING"

    def status_of(self, campaign_id: str) -> str:
        return str(self.sql("SELECT status FROM campaigns WHERE id = %s", campaign_id)[0][0])

    def wait_until(self, holds: Callable[[], bool], *, what: str) -> None:
        """Wait until ``holds``; fails with ``what`` after a minute."""
        give_up = time.monotonic() + SECONDS_TO_WAIT
        while not holds():
            assert time.monotonic() < give_up, f"not within {SECONDS_TO_WAIT} s: {what}"
            time.sleep(0.05)

    def clear(self) -> None:
        """End everything that is live, and forget every campaign."""
        functions = self.aws.client("stepfunctions")
        for execution in self._executions(statusFilter="RUNNING"):
            functions.stop_execution(executionArn=execution["executionArn"])
        for table in (
            "campaign_contacts",
            "opt_outs",
            "voice_batches",
            "recorded_messages",
            "recorded_calls",
            "campaigns",
        ):
            self.sql(f"DELETE FROM {table}")
        self.sql("DELETE FROM campaign_requests")
        self.sql("DELETE FROM campaign_runs")
        self.sql("UPDATE campaign_pools SET max_live = NULL, halted_reason = NULL")
        flush(self.redis)
        self._first_number = next(_numbers)
