"""What a warm start costs beyond the calls that it makes.

    python -m benchmarks.warm_path [--rounds 300]

Three contenders, on the same servers with the same clients. The orchestrator's handler answers a start. Its bare
sequence makes the same calls in the same order with the same arguments, and nothing else. The plain reading makes
seven trips, four to PostgreSQL, two to Redis and one to AWS: reads the campaign, checks the set, adds to it, writes
run, status and audit row each for itself, and dispatches. It asks AWS by botocore, as most people do; and once more
with our client, which shows what is left when that is no difference.
"""

import json
from collections.abc import Callable, Iterator
from typing import Any
from uuid import uuid4

import psycopg
from benchmarks.admission import connect
from benchmarks.measuring.contest import interleaved
from benchmarks.measuring.results import Report, arguments
from benchmarks.measuring.stage import STATE_MACHINE, Stage, stage
from benchmarks.measuring.tape import Tape
from redis import Redis

from campaign_orchestrator.container import Container, build_container, close
from campaign_orchestrator.settings import read_settings
from orchestrator_adapters.aws.client_choice import make_client_of_calls
from orchestrator_adapters.aws.clients import AwsSettings, make_client
from orchestrator_adapters.memory.deadline import MonotonicDeadline

FLOOR, OURS, PLAIN = "its bare sequence of calls", "a start", "the plain reading, seven trips"
PLAIN_DIRECT = "the plain reading, with our client of AWS"


def starts(container: Container, drafts: Iterator[str]) -> Callable[[], object]:
    """A start through the service, as Lambda's handler asks for it."""
    service = container.service()

    def work() -> None:
        event = {"action": "start", "campaignId": next(drafts), "idempotencyKey": uuid4().hex}
        answer = service.answer(event, request_id=uuid4().hex, deadline=MonotonicDeadline(25.0))
        if not answer["success"]:
            raise RuntimeError(answer)

    return work


def plain_reading(
    there: Stage, drafts: Iterator[str], campaign_type: str, make: Callable[[str, AwsSettings], Any] = make_client
) -> Callable[[], object]:
    """The specification read word by word, with no promise kept on the way. ``make``: its client of AWS."""
    sql = connect(there)
    redis = Redis(
        host=there.redis.host, port=there.redis.port, password=there.redis.password, decode_responses=True
    )
    service = "lambda" if campaign_type == "sms" else "stepfunctions"
    client = make(service, AwsSettings(region="eu-central-1", endpoint_url=there.aws))
    active = f"plain:{campaign_type}:active"

    def work() -> None:
        campaign = next(drafts)
        found = sql.execute("SELECT id, name, type, status, config FROM campaigns WHERE id = %s", (campaign,))
        row = found.fetchone()
        redis.scard(active)
        redis.sadd(active, campaign)
        sql.execute("INSERT INTO plain_runs VALUES (%s, 1, 'running', now())", (campaign,))
        sql.execute("UPDATE campaigns SET status = 'active', updated_at = now() WHERE id = %s", (campaign,))
        order = json.dumps({"campaignId": campaign, "config": row[4] if row else None})
        if campaign_type == "sms":
            client.invoke(FunctionName="f", InvocationType="Event", Payload=order.encode())["Payload"].read()
        else:
            client.start_execution(stateMachineArn=STATE_MACHINE, name=uuid4().hex, input=order)
        sql.execute("INSERT INTO plain_events VALUES (%s, 'started', now())", (campaign,))

    return work


def main() -> None:
    asked = arguments(__doc__, rounds=300)
    report = Report("warm_path", title="Warm path")
    with stage(durable=True) as there:
        with psycopg.connect(there.database, autocommit=True) as sql:
            sql.execute("CREATE TABLE plain_runs (id text, number int, state text, at timestamptz)")
            sql.execute("CREATE TABLE plain_events (id text, kind text, at timestamptz)")
        for campaign_type in ("sms", "voice"):
            container = build_container(read_settings(there.variables))
            drafts = iter(there.drafts(5 * (asked.rounds + 100), campaign_type=campaign_type))
            ours = starts(container, drafts)
            ours()
            contenders = {
                FLOOR: Tape(container).bare_sequence(ours, drafts),
                OURS: ours,
                PLAIN: plain_reading(there, drafts, campaign_type),
                PLAIN_DIRECT: plain_reading(there, drafts, campaign_type, make_client_of_calls),
            }
            samples = interleaved(contenders, rounds=asked.rounds, between=there.ending_runs())
            report.table(f"A start of type {campaign_type}", samples, floor=FLOOR)
            report.table(f"Against the plain reading, type {campaign_type}", samples, floor=PLAIN)
            close(container)
    report.write()


if __name__ == "__main__":
    main()
