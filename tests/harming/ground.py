"""Real servers under an orchestrator, with direct ways to each of them."""

import json
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from itertools import count
from typing import Any

from attrs import define, evolve, field
from crashing_ports import Harmful, HarmfulPort

from asking.voice_machine import WORKFLOW
from campaign_orchestrator.container import Container, build_container
from campaign_orchestrator.container import close as close_container
from campaign_orchestrator.local.deployment import ROLE
from campaign_orchestrator.local.run_time_users import as_orchestrator
from campaign_orchestrator.local.server_variables import server_variables
from campaign_orchestrator.service import RetryWanted
from campaign_orchestrator.settings import read_settings
from harming.doomed_process import PORTS
from orchestrator_adapters.memory.deadline import MonotonicDeadline, NoDeadline
from orchestrator_adapters.postgres.settings import PostgresSettings
from orchestrator_adapters.redis.keys import PoolKeys
from orchestrator_adapters.redis.settings import RedisSettings
from orchestrator_domain import budgets
from serving import direct_sql
from serving.servers import AwsServer, raw_client
from watching.canaries import CONFIG_CANARY

MACHINE = "faults"
LIMIT = 50
FUNCTION_SECONDS = 25.0
SECONDS_TO_AGREE = 20.0
AGEING = ("last_attempt_at", "not_after", "lease_until", "last_heartbeat_at", "acknowledged_at", "ended_at")
_numbers = count(1)


@define(kw_only=True)
class Ground:
    """Where real faults happen.

    Attributes:
        postgres, redis, aws: the servers themselves.
        ways: environment variables that lead another way to them, through a proxy.
    """

    postgres: PostgresSettings
    redis: RedisSettings
    aws: AwsServer
    function: str
    ways: dict[str, str] = field(factory=dict)
    limits: dict[str, str] = field(factory=dict)
    _container: Container | None = field(default=None, init=False)

    @contextmanager
    def on(self, **servers: Any) -> Iterator["Ground"]:
        """The same ground with another server, or another way to one."""
        other = evolve(self, **servers)
        try:
            yield other
        finally:
            other.forget_container()

    def variables(self) -> dict[str, str]:
        """The environment of an orchestrator on these servers."""
        return {
            **server_variables(as_orchestrator(self.postgres), self.redis, aws_endpoint_url=self.aws.endpoint_url),
            "VOICE_CAMPAIGN_STATE_MACHINE_ARN": self.machine,
            "SMS_DISPATCHER_FUNCTION_NAME": self.function,
            "MAX_CONCURRENT_VOICE_CAMPAIGNS": str(LIMIT),
            "MAX_CONCURRENT_SMS_CAMPAIGNS": str(LIMIT),
            **self.limits,
            **self.ways,
        }

    @property
    def machine(self) -> str:
        return f"arn:aws:states:{self.aws.region}:000000000000:stateMachine:{MACHINE}"

    def make_machine(self) -> None:
        """Make the state machine; it is there already, or was lost with its server."""
        definition = WORKFLOW.read_text()
        self.aws.client("stepfunctions").create_state_machine(name=MACHINE, definition=definition, roleArn=ROLE)

    def ask(self, action: str, campaign_id: str | None = None, **more: Any) -> dict[str, Any]:
        """Ask an orchestrator of this process, which lives as long as the ground."""
        return self.send({"action": action, **({"campaignId": campaign_id} if campaign_id else {}), **more})

    def send(self, event: Mapping[str, Any]) -> dict[str, Any]:
        container = self.container
        try:
            answer: dict[str, Any] = container.service().answer(
                event, request_id=container.run_ids().next_id(), deadline=MonotonicDeadline(FUNCTION_SECONDS)
            )
        except RetryWanted as wanted:
            return {"success": False, "errorCode": str(wanted), "retryable": True}
        return answer

    @property
    def container(self) -> Container:
        if self._container is None:
            self._container = build_container(read_settings(self.variables()))
        return self._container

    def ask_crashing(self, event: Mapping[str, Any], harmful: Harmful) -> dict[str, Any]:
        """As ``send``, by an orchestrator whose calls of ports are harmed; without a process, which takes time."""
        parts = {name: HarmfulPort(name, self.container.providers[name](), harmful) for name in PORTS}
        service = build_container(read_settings(self.variables()), parts).service()
        request_id = self.container.run_ids().next_id()
        answer: dict[str, Any] = service.answer(event, request_id=request_id, deadline=NoDeadline())
        return answer

    def reconcile(self) -> dict[str, Any]:
        """One reconciliation, through all pages."""
        return self.send({"source": "aws.events", "detail-type": "Scheduled Event", "detail": {}})

    def put_campaign(self, campaign_type: str, *, status: str = "draft") -> str:
        campaign_id = f"harmed-{campaign_type}-{next(_numbers)}"
        work = {"messages": 10} if campaign_type == "sms" else {"callSeconds": 3600}
        config = {**work, "note": CONFIG_CANARY}
        self.sql(
            "INSERT INTO campaigns (id, name, type, status, config) VALUES (%s, 'A campaign', %s, %s, %s)",
            campaign_id,
            campaign_type,
            status,
            json.dumps(config),
        )
        return campaign_id

    def pass_grace(self, seconds: float = budgets.GRACE_SECONDS + 1) -> None:
        """Let everything grow older, instead of waiting: what the grace periods are counted from moves back."""
        moved = ", ".join(f"{name} = {name} - make_interval(secs => {seconds})" for name in AGEING)
        self.sql(f"UPDATE campaign_runs SET {moved}")
        client = raw_client(self.redis)
        try:
            for pool in ("voice", "sms"):
                runs = PoolKeys(pool).runs
                for campaign, entry in client.hgetall(runs).items():
                    number, state, at = entry.split()
                    client.hset(runs, campaign, f"{number} {state} {int(at) - int(seconds * 1000)}")
        finally:
            client.close()

    def let_ends_be_shown(self) -> None:
        """Wait until no execution of an ended run is open: an end is shown a moment after it was ordered, which
        the grace periods are for, and ``pass_grace`` takes them away."""

        def of_ended_runs() -> set[str]:
            rows = self.sql("SELECT execution_name FROM campaign_runs WHERE state = 'ended'")
            return {name for (name,) in rows} & self.open_executions()

        self.wait_until(lambda: not of_ended_runs(), what=lambda: f"still open: {sorted(of_ended_runs())}")

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

    def open_executions(self) -> set[str]:
        """The names of the executions that run, from Step Functions itself."""
        pages = self.aws.client("stepfunctions").get_paginator("list_executions")
        listed = pages.paginate(stateMachineArn=self.machine, statusFilter="RUNNING")
        return {execution["name"] for page in listed for execution in page["executions"]}

    def wait_until(self, holds: Callable[[], bool], *, what: Callable[[], str]) -> None:
        """Wait until ``holds``; fails with ``what``."""
        give_up = time.monotonic() + SECONDS_TO_AGREE
        while not holds():
            assert time.monotonic() < give_up, f"not within {SECONDS_TO_AGREE} s: {what()}"
            time.sleep(0.05)

    def forget_container(self) -> None:
        """Close the orchestrator of this process; the next request builds another."""
        if self._container is not None:
            close_container(self._container)
            self._container = None

    def close(self) -> None:
        """End what is live, directly, and close every connection."""
        self.forget_container()
        functions = self.aws.client("stepfunctions")
        for name in self.open_executions():
            arn = self.machine.replace("stateMachine", "execution") + f":{name}"
            functions.stop_execution(executionArn=arn)
