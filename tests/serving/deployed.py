"""The deployed orchestrator, and a view of what is really there."""

import json
import time
from collections.abc import Callable, Mapping
from itertools import count
from typing import Any

from attrs import define, field

from campaign_orchestrator.local.deployment import STATE_MACHINE_ARN, Deployment, dispatcher_variables
from campaign_orchestrator.local.server_variables import server_variables
from orchestrator_adapters.postgres.settings import PostgresSettings
from orchestrator_adapters.redis.settings import RedisSettings
from serving import direct_sql
from serving.servers import AwsServer, flush, raw_client

SECONDS_TO_WAIT = 60.0
_numbers = count(1)


@define(kw_only=True)
class Deployed:
    """The orchestrator as a function in LocalStack, and its stores."""

    postgres: PostgresSettings
    redis: RedisSettings
    aws: AwsServer
    state_machine_arn: str = STATE_MACHINE_ARN
    _deployment: Deployment = field(init=False)

    def __attrs_post_init__(self) -> None:
        self._deployment = Deployment(client=self.aws.client)

    def deploy(self) -> "Deployed":
        self._deployment.deploy(self.variables())
        return self

    def variables(self, **overrides: str) -> dict[str, str]:
        """The environment of an orchestrator that uses these stores and dispatchers."""
        return {
            **server_variables(self.postgres, self.redis, aws_endpoint_url=self.aws.endpoint_url),
            **dispatcher_variables(),
            **overrides,
        }

    def ask(self, action: str, campaign_id: str | None = None, **more: Any) -> dict[str, Any]:
        """Invoke the deployed orchestrator."""
        event = {"action": action, **({"campaignId": campaign_id} if campaign_id else {}), **more}
        return self._deployment.invoke(event)

    def send(self, event: Mapping[str, Any]) -> dict[str, Any]:
        """Invoke the deployed orchestrator with an event of any shape."""
        return self._deployment.invoke(event)

    def put_campaign(self, campaign_type: str, config: Mapping[str, Any] | None = None, **row: Any) -> str:
        """Store a campaign of its own; returns its id."""
        campaign_id = f"{campaign_type}-{next(_numbers)}"
        self.sql(
            "INSERT INTO campaigns (id, name, type, status, config) VALUES (%s, %s, %s, %s, %s)",
            campaign_id,
            "A campaign",
            campaign_type,
            row.get("status", "draft"),
            json.dumps(config or ({"messages": 10} if campaign_type == "sms" else {"callSeconds": 600})),
        )
        return campaign_id

    def sql(self, statement: str, *parameters: Any) -> list[Any]:
        """Ask the database directly."""
        return direct_sql.ask(self.postgres, statement, *parameters)

    def members(self, pool: str) -> set[str]:
        """The set in Redis that names the pool's holders."""
        client = raw_client(self.redis)
        try:
            return set(client.smembers(f"campaign:type:{pool}:active"))
        finally:
            client.close()

    def live(self, pool: str) -> set[str]:
        """The campaigns that hold a slot, according to the database."""
        rows = self.sql("SELECT campaign_id::text FROM campaign_runs WHERE pool = %s AND state <> 'ended'", pool)
        return {row[0] for row in rows}

    def executions(self) -> dict[str, str]:
        """Every execution's name and status, from Step Functions itself."""
        found: dict[str, str] = {}
        pages = self.aws.client("stepfunctions").get_paginator("list_executions")
        for page in pages.paginate(stateMachineArn=self.state_machine_arn):
            found |= {execution["name"]: execution["status"] for execution in page["executions"]}
        return found

    def execution_of(self, answer: Mapping[str, Any]) -> str:
        """The status of the execution that an answer names, from Step Functions itself."""
        described = self.aws.client("stepfunctions").describe_execution(executionArn=answer["executionArn"])
        return str(described["status"])

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
        for page in functions.get_paginator("list_executions").paginate(
            stateMachineArn=self.state_machine_arn, statusFilter="RUNNING"
        ):
            for execution in page["executions"]:
                functions.stop_execution(executionArn=execution["executionArn"])
        self.sql("DELETE FROM campaigns")
        self.sql("DELETE FROM campaign_requests")
        self.sql("DELETE FROM campaign_runs")
        self.sql("UPDATE campaign_pools SET max_live = NULL, halted_reason = NULL")
        flush(self.redis)
