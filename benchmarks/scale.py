"""What a million past runs cost, and a hundred thousand live ones.

    python -m benchmarks.scale [--rounds 60]

Status, history, the list and reconciliation with ten, a thousand and a hundred thousand campaigns that are live,
over a million runs that have been; each to the floor of the smallest. And the memory that a process has in the end.
"""

import resource
from collections.abc import Callable, Mapping
from contextlib import closing
from uuid import uuid4

import psycopg
from benchmarks.admission import container_of, put_live_runs
from benchmarks.measuring.contest import Sample, interleaved
from benchmarks.measuring.results import Report, arguments
from benchmarks.measuring.stage import Stage, stage

from campaign_orchestrator.container import Container
from orchestrator_adapters.memory.deadline import MonotonicDeadline

SIZES = (10, 1_000, 100_000)
PAST = (0, 1_000_000)
REQUESTS: dict[str, dict[str, object]] = {
    "status of all pools": {"action": "status"},
    "status of 25 campaigns": {"action": "status", "campaignIds": [f"past-{number}" for number in range(1, 26)]},
    "history of a campaign": {"action": "history", "campaignId": "past-7"},
    "a page of the list": {"action": "list", "limit": 50},
    "a reconciliation of 100 runs, dry": {"action": "reconcile", "limit": 100, "dryRun": True},
}


def put_past_runs(sql: "psycopg.Connection[tuple[object, ...]]", count: int) -> None:
    """Campaigns that are completed, each with its run, its key and its audit row, in bulk."""
    sql.execute(
        "INSERT INTO campaigns (id, name, type, status, config)"
        " SELECT 'past-' || i, 'Measured', 'sms', 'completed', '{}' FROM generate_series(1, %s) i",
        (count,),
    )
    sql.execute(
        "INSERT INTO campaign_runs (campaign_id, number, run_id, campaign_type, pool, state, execution_name,"
        " dispatch_input, previous_status, request_key, created_at, last_attempt_at, ended_at, outcome)"
        " SELECT 'past-' || i, 1, md5(i::text), 'sms', 'sms', 'ended', 'past-' || i || '-1', '{}', 'draft', 'k',"
        " now(), now(), now(), 'succeeded' FROM generate_series(1, %s) i",
        (count,),
    )
    sql.execute(
        "INSERT INTO campaign_requests (campaign_id, key, content_hash, decision)"
        " SELECT 'past-' || i, 'k', 'h', '{}' FROM generate_series(1, %s) i",
        (count,),
    )
    sql.execute(
        "INSERT INTO campaign_events (campaign_id, at, kind, source)"
        " SELECT 'past-' || i, now(), 'run_ended', 'measured' FROM generate_series(1, %s) i",
        (count,),
    )
    sql.execute("VACUUM ANALYZE")


def request(container: Container, event: Mapping[str, object]) -> Callable[[], object]:
    service = container.service()

    def work() -> None:
        answer = service.answer(event, request_id=uuid4().hex, deadline=MonotonicDeadline(25.0))
        if not answer.get("success", True):
            raise RuntimeError(answer)

    return work


def measured(there: Stage, rounds: int, name: str) -> dict[str, dict[str, Sample]]:
    """Each request's times, by the request."""
    with container_of(there) as container:
        works = {request_name: request(container, event) for request_name, event in REQUESTS.items()}
        samples = interleaved(works, rounds=rounds, warm_up=3)
    return {request_name: {name: Sample(name=name, seconds=one.seconds)} for request_name, one in samples.items()}


def main() -> None:
    asked = arguments(__doc__, rounds=60)
    report = Report("scale", title="Scale")
    with stage(durable=False) as there, closing(psycopg.connect(there.database, autocommit=True)) as sql:
        found: dict[str, dict[str, Sample]] = {name: {} for name in REQUESTS}
        put_past_runs(sql, 1_000)
        put_live_runs(sql, SIZES[0])
        first = f"{SIZES[0]} live, 1,000 past"
        _add(found, measured(there, asked.rounds, first))
        sql.execute("TRUNCATE campaigns, campaign_runs, campaign_requests")
        put_past_runs(sql, PAST[1])
        live = 0
        for size in SIZES:
            put_live_runs(sql, size - live)
            live = size
            _add(found, measured(there, asked.rounds, f"{size:,} live, {PAST[1]:,} past"))
        for name, samples in found.items():
            report.table(name, samples, floor=first)
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1_000
        report.facts("Memory of the process, at its most", ["MB"], [[round(peak, 1)]])
    report.write()


def _add(found: dict[str, dict[str, Sample]], more: dict[str, dict[str, Sample]]) -> None:
    for name, samples in more.items():
        found[name] |= samples


if __name__ == "__main__":
    main()
