"""Ten thousand live campaigns are halted while others are being started: how long it takes, and that none slips in.

    python benchmarks/halt_ten_thousand.py [--campaigns 10000] [--durable]

It starts a PostgreSQL and a Valkey of its own, and removes them. The campaigns' dispatchers are in memory, so what
is measured is the orchestrator and its stores; on AWS each voice run adds one StopExecution. The halt is asked for
as an invocation of 25 s would be, again and again until nothing is live; meanwhile other processes go on starting.
"""

import argparse
import multiprocessing
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from multiprocessing.connection import Connection
from typing import Any
from uuid import uuid4

import psycopg
from attrs import frozen

from campaign_orchestrator.container import Container, build_container, close
from campaign_orchestrator.local.postgres_server import EmbeddedPostgres
from campaign_orchestrator.local.server_variables import server_variables
from campaign_orchestrator.local.valkey_server import EmbeddedValkey
from campaign_orchestrator.settings import read_settings
from orchestrator_adapters.memory.deadline import MonotonicDeadline
from orchestrator_adapters.postgres.migrate import migrate

FUNCTION_SECONDS = 25.0
STARTERS = 2
DRAFTS = 10_000
SECONDS_BETWEEN_STARTS = 0.01
LIMIT = "1000000"


@frozen(kw_only=True)
class Measured:
    """What came of it. Seconds are of this machine's clock.

    Attributes:
        first_write_seconds: from the request to the commit of the halt.
        calls: how many invocations it took.
        admitted_before, refused, admitted_behind: starts that went on meanwhile, before and behind that commit.
    """

    campaigns: int
    started_seconds: float
    first_write_seconds: float
    stopped_seconds: float
    calls: int
    stopped: int
    admitted_before: int
    refused: int
    admitted_behind: int


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--campaigns", type=int, default=10_000)
    parser.add_argument("--durable", action="store_true", help="wait for the disk at each commit")
    asked = parser.parse_args(arguments)
    with _servers(durable=asked.durable) as (variables, database):
        measured = halt_while_starting(variables, database, asked.campaigns)
    print(report(measured))
    return 1 if measured.admitted_behind else 0


def halt_while_starting(variables: Mapping[str, str], database: str, campaigns: int) -> Measured:
    """Start ``campaigns`` of them, half of each channel; then halt all, while others are being started."""
    container = build_container(read_settings(variables))
    try:
        with psycopg.connect(database, autocommit=True) as sql:
            live, drafts = _put(sql, "live", campaigns), _put(sql, "draft", DRAFTS)
            began = time.monotonic()
            for campaign in live:
                _ask(container, "start", campaignId=campaign)
            started_seconds = time.monotonic() - began
            with _starters(variables, drafts) as outcomes:
                asked_at, began = datetime.now(UTC), time.monotonic()
                answers = _halt_until_nothing_is_live(container)
                stopped_seconds = time.monotonic() - began
            halted_at = _one(sql, "SELECT max(at) FROM campaign_events WHERE kind = 'halted'")
            behind = (
                "SELECT count(*) FROM campaign_runs r JOIN campaign_events e ON e.campaign_id = 'pool:' || r.pool"
            )
            return Measured(
                campaigns=campaigns,
                started_seconds=started_seconds,
                first_write_seconds=(halted_at - asked_at).total_seconds(),
                stopped_seconds=stopped_seconds,
                calls=len(answers),
                stopped=sum(
                    run["runState"] == "ended"
                    for answer in answers
                    for pool in answer["pools"].values()
                    for run in pool["runs"]
                ),
                admitted_before=outcomes.count(None),
                refused=outcomes.count("pool_halted"),
                admitted_behind=_one(sql, behind + " AND e.kind = 'halted' AND r.created_at > e.at"),
            )
    finally:
        close(container)


def _halt_until_nothing_is_live(container: Container) -> list[dict[str, Any]]:
    answers: list[dict[str, Any]] = []
    cursor: dict[str, Any] = {}
    while not answers or not answers[-1]["complete"]:
        answers.append(_ask(container, "halt", campaignType="all", reason="measured", idempotencyKey="k", **cursor))
        cursor = {"cursor": answers[-1]["cursor"]} if answers[-1]["cursor"] else {}
    return answers


def report(measured: Measured) -> str:
    """What was measured, in words."""
    milliseconds = 1_000 * measured.stopped_seconds / max(1, measured.stopped)
    return "\n".join(
        [
            f"{measured.campaigns} campaigns started in {measured.started_seconds:.1f} s",
            f"halted: the commit {1_000 * measured.first_write_seconds:.1f} ms after the request",
            f"starts meanwhile: {measured.admitted_before} admitted before it, {measured.refused} refused,"
            f" {measured.admitted_behind} admitted behind it",
            f"stopped: {measured.stopped} runs in {measured.stopped_seconds:.1f} s, {measured.calls} invocations,"
            f" {milliseconds:.2f} ms a campaign",
        ]
    )


@contextmanager
def _servers(*, durable: bool) -> Iterator[tuple[dict[str, str], str]]:
    """The environment variables of an orchestrator on servers of its own, and the address of its database."""
    with EmbeddedPostgres(durable=durable) as postgres, EmbeddedValkey() as valkey:
        migrate(postgres.settings())
        variables = server_variables(postgres.settings(), valkey.settings(), aws_endpoint_url="") | {
            "ORCHESTRATOR_DISPATCHERS": "memory",
            "MAX_CONCURRENT_VOICE_CAMPAIGNS": LIMIT,
            "MAX_CONCURRENT_SMS_CAMPAIGNS": LIMIT,
        }
        yield variables, postgres.url()


@contextmanager
def _starters(variables: Mapping[str, str], drafts: Sequence[str]) -> Iterator[list[str | None]]:
    """Processes that start the drafts one after the other. Afterwards: the error code of each start, or None."""
    context, outcomes = multiprocessing.get_context("spawn"), list[str | None]()
    pipes, processes = [], []
    for number in range(STARTERS):
        ours, theirs = context.Pipe()
        process = context.Process(
            target=_start, args=(dict(variables), drafts[number::STARTERS], theirs), daemon=True
        )
        process.start()
        pipes.append(ours)
        processes.append(process)
    for pipe in pipes:
        pipe.recv()
    time.sleep(0.5)  # until a burst of starts is under way
    try:
        yield outcomes
    finally:
        for pipe, process in zip(pipes, processes, strict=True):
            pipe.send("over")
            outcomes += pipe.recv()
            process.join()


def _start(variables: Mapping[str, str], drafts: Sequence[str], pipe: Connection) -> None:
    container = build_container(read_settings(variables))
    outcomes: list[str | None] = []
    pipe.send("ready")
    for campaign in drafts:
        if pipe.poll(SECONDS_BETWEEN_STARTS):
            break
        outcomes.append(_ask(container, "start", campaignId=campaign).get("errorCode"))
    pipe.send(outcomes)
    close(container)


def _put(sql: psycopg.Connection, word: str, number: int) -> list[str]:
    """Campaigns in the status draft, half of them voice, half SMS."""
    campaigns = [(f"{word}-{one:05}", ("voice", "sms")[one % 2]) for one in range(number)]
    with sql.cursor().copy("COPY campaigns (id, name, type) FROM STDIN") as copy:
        for campaign, channel in campaigns:
            copy.write_row((campaign, "A campaign", channel))
    return [campaign for campaign, _ in campaigns]


def _ask(container: Container, action: str, **more: Any) -> dict[str, Any]:
    answer: dict[str, Any] = container.service().answer(
        {"action": action, **more}, request_id=uuid4().hex, deadline=MonotonicDeadline(FUNCTION_SECONDS)
    )
    return answer


def _one(sql: psycopg.Connection, statement: str) -> Any:
    row = sql.execute(statement.encode()).fetchone()
    return row[0] if row else None


if __name__ == "__main__":
    sys.exit(main())
