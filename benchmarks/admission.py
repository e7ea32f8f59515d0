"""What a decision costs: status, run, slot, idempotency key and audit row in one durable commit.

    python -m benchmarks.admission [--rounds 400]

The floor is a bare INSERT of one row with RETURNING, committed on such a connection: the least that anything
durable costs. It stands there once more as psycopg prepares it, since the orchestrator's statements are prepared.
The database waits for its disk at each commit. With eight clients the mark is a function that does nothing but
insert such a row behind the lock of a pool's row: who counts a pool has to do as much. Between the two stands a
function that changes the very rows of an admission, and decides, checks and tells nothing: what is above it is the
orchestrator's own. What is asked is made up beforehand; only the asking is measured, that of one client in several
processes, one after the other. All of it is measured again on a server that waits a millisecond before it writes
its log, as if its disk were that much slower.
"""

import statistics
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from multiprocessing.connection import Connection
from typing import LiteralString
from uuid import uuid4

import psycopg
from benchmarks.measuring.afresh import afresh
from benchmarks.measuring.contest import Sample, interleaved, turns
from benchmarks.measuring.crowd import SECONDS, rate_of, work_along
from benchmarks.measuring.results import Report, arguments
from benchmarks.measuring.stage import Stage, stage

from campaign_orchestrator.container import Container, build_container, close
from campaign_orchestrator.routes import pools_of, routes_of
from campaign_orchestrator.settings import read_settings
from orchestrator_domain.campaign import Action
from orchestrator_domain.commands import Origin
from orchestrator_domain.decisions import AdmissionRequest, RequestKey, Verdict

FLOOR, PORT = "INSERT of one row with RETURNING", "admit, through the port"
PREPARED = "the same INSERT, which psycopg has prepared"
LAST_SLOT = "admit to a pool's last slot, where all that have ended are counted"
MARK, ROWS = "a function that inserts a row behind a pool's lock", "a function that changes an admission's rows"
CLIENTS, CROWDS = 8, 5
MOST_CALLS = 20_000
"""More than a client makes in its time."""
POOLS = (10, 1_000, 100_000)
A_MILLISECOND_LONGER = ("commit_delay=1000", "commit_siblings=0")
"""https://www.postgresql.org/docs/current/runtime-config-wal.html#GUC-COMMIT-DELAY"""
LONGER = ", where each write to the disk takes a millisecond longer"
BARE = """
CREATE TABLE bare_rows (id text PRIMARY KEY, at timestamptz NOT NULL, content text NOT NULL);
CREATE TABLE bare_pools (name text PRIMARY KEY);
INSERT INTO bare_pools VALUES ('sms');
CREATE FUNCTION bare_admit(wanted text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    PERFORM FROM bare_pools WHERE name = 'sms' FOR NO KEY UPDATE;
    INSERT INTO bare_rows VALUES (wanted, now(), 'x');
    RETURN wanted;
END
$$;
CREATE FUNCTION bare_rows_of_an_admission(of_campaign text, of_key text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    PERFORM FROM campaigns WHERE id = of_campaign FOR NO KEY UPDATE;
    UPDATE campaign_pools SET begun = begun + 1 WHERE name = 'sms';
    UPDATE campaigns SET status = 'active', updated_at = now() WHERE id = of_campaign;
    INSERT INTO campaign_runs (
        campaign_id, number, run_id, campaign_type, pool, state, execution_name, dispatch_input, previous_status,
        request_key, request_hash, created_at, last_attempt_at, counted_in
    ) VALUES (
        of_campaign, 1, of_key, 'sms', 'sms', 'dispatching', of_campaign || '-1', '{}', 'draft', of_key, 'h',
        now(), now(), pg_current_xact_id()
    );
    INSERT INTO campaign_events (campaign_id, at, kind, run_number, source)
    VALUES (of_campaign, now(), 'start_admitted', 1, 'benchmark');
    RETURN of_campaign;
END
$$;
"""
INSERT = "INSERT INTO bare_rows VALUES (%s, now(), 'x') RETURNING id, at"


def connect(there: Stage, prepare_threshold: int | None = None) -> "psycopg.Connection[tuple[object, ...]]":
    """As the orchestrator connects: each statement is a transaction, and psycopg prepares none."""
    return psycopg.connect(there.database, autocommit=True, prepare_threshold=prepare_threshold)


def bare_insert(there: Stage, number: int, prepare_threshold: int | None = None) -> Callable[[], object]:
    return _calls(there, INSERT, [(uuid4().hex,) for _ in range(number)], prepare_threshold)


def bare_function(there: Stage, number: int) -> Callable[[], object]:
    return _calls(there, "SELECT bare_admit(%s)", [(uuid4().hex,) for _ in range(number)])


def bare_rows(there: Stage, drafts: Sequence[str]) -> Callable[[], object]:
    arguments_ = [(draft, uuid4().hex) for draft in drafts]
    return _calls(there, "SELECT bare_rows_of_an_admission(%s, %s)", arguments_)


def _calls(
    there: Stage, statement: LiteralString, each: Iterable[Sequence[str]], prepare_threshold: int | None = None
) -> Callable[[], object]:
    sql, upcoming = connect(there, prepare_threshold), iter(each)
    return lambda: sql.execute(statement, next(upcoming)).fetchone()


def admissions(container: Container, drafts: Sequence[str]) -> Callable[[], object]:
    settings = container.settings()
    repository, pools, routes = container.repository(), pools_of(settings), routes_of(settings)
    origin = Origin(source="benchmark", request_id="r")
    upcoming = iter(
        [
            AdmissionRequest(
                campaign_id=draft,
                action=Action.START,
                key=RequestKey(key=uuid4().hex, content_hash="h"),
                run_id=uuid4().hex,
                routes=routes,
                pools=pools,
                origin=origin,
            )
            for draft in drafts
        ]
    )

    def work() -> None:
        decision = repository.admit(next(upcoming))
        if decision.verdict is not Verdict.ADMITTED:
            raise RuntimeError(decision.verdict)

    return work


def main() -> None:
    asked = arguments(__doc__, rounds=400)
    report = Report("admission", title="Admission")
    for disk, postgres_settings in (("", ()), (LONGER, A_MILLISECOND_LONGER)):
        one = afresh(one_client, postgres_settings, rounds=asked.rounds)
        report.table(f"One client{disk}", one, floor=FLOOR)
        with stage(postgres_settings=postgres_settings) as there:
            put_bare(there)
            report.facts(
                f"{CLIENTS} clients, {CROWDS} times {SECONDS:.0f} s each, in turns{disk}",
                ["", "decisions a second", "least to most", "times the bare function"],
                eight_clients(there),
            )
    with stage() as there:
        report.table("Pools of many live runs", of_pools(there, asked.rounds), floor=f"{POOLS[0]} live runs")
    report.write()


def put_bare(there: Stage) -> None:
    with psycopg.connect(there.database, autocommit=True) as sql:
        sql.execute(BARE.encode())


def one_client(postgres_settings: tuple[str, ...], rounds: int) -> dict[str, Sample]:
    calls = rounds + 50
    with (
        stage(postgres_settings=postgres_settings) as there,
        container_of(there) as container,
        container_of(there, MAX_CONCURRENT_VOICE_CAMPAIGNS="1") as of_one_slot,
    ):
        put_bare(there)
        contenders = {
            FLOOR: bare_insert(there, calls),
            PREPARED: bare_insert(there, calls, prepare_threshold=0),
            ROWS: bare_rows(there, there.drafts(calls)),
            PORT: admissions(container, there.drafts(calls)),
            LAST_SLOT: admissions(of_one_slot, there.drafts(calls, campaign_type="voice")),
        }
        return interleaved(contenders, rounds=rounds, between=there.ending_runs())


@contextmanager
def container_of(there: Stage, **variables: str) -> Iterator[Container]:
    settings = read_settings(there.variables | {"ORCHESTRATOR_DISPATCHERS": "memory"} | variables)
    container = build_container(settings)
    try:
        yield container
    finally:
        close(container)


def of_pools(there: Stage, rounds: int) -> dict[str, Sample]:
    """Admissions to pools of ten, a thousand and a hundred thousand live runs, each in a database of its own."""
    works, ends = {}, []
    with ExitStack() as open_ones:
        for size in POOLS:
            here = there.with_database(f"pool_of_{size}")
            with psycopg.connect(here.database, autocommit=True) as sql:
                put_live_runs(sql, size)
            container = open_ones.enter_context(container_of(here))
            works[f"{size} live runs"] = admissions(container, here.drafts(rounds + 50))
            ends.append(here.ending_runs())
        return interleaved(works, rounds=rounds, between=lambda: [end() for end in ends])


def put_live_runs(sql: "psycopg.Connection[tuple[object, ...]]", count: int) -> None:
    """Live runs of the SMS pool, with their campaigns, in bulk."""
    prefix = f"live-{uuid4().hex[:8]}"
    sql.execute(
        "INSERT INTO campaigns (id, name, type, status, config)"
        " SELECT %s || '-' || i, 'Measured', 'sms', 'running', '{}' FROM generate_series(1, %s) i",
        (prefix, count),
    )
    sql.execute(
        "INSERT INTO campaign_runs (campaign_id, number, run_id, campaign_type, pool, state, execution_name,"
        " dispatch_input, previous_status, request_key, created_at, last_attempt_at, dispatched_at)"
        " SELECT %s || '-' || i, 1, md5(i::text), 'sms', 'sms', 'running', %s || '-' || i || '-1', '{}', 'draft',"
        " 'k', now(), now(), now() FROM generate_series(1, %s) i",
        (prefix, prefix, count),
    )
    sql.execute("VACUUM ANALYZE campaign_runs, campaign_pools, campaign_pool_ends")


def eight_clients(there: Stage) -> list[list[object]]:
    """Decisions a second of eight processes, in turns."""
    counts: dict[str, list[float]] = {MARK: [], ROWS: [], PORT: []}
    for _, order in turns(list(counts), CROWDS):
        for kind in order:
            there.tidy_up()
            counts[kind].append(rate_of(CLIENTS, _client, there, kind))
    medians = {kind: statistics.median(rates) for kind, rates in counts.items()}
    return [
        [kind, round(rate), f"{min(counts[kind]):.0f} to {max(counts[kind]):.0f}", round(rate / medians[MARK], 2)]
        for kind, rate in medians.items()
    ]


def _client(there: Stage, kind: str, pipe: Connection) -> None:
    """One client: decisions a second, after it has been told to begin."""
    if kind == MARK:
        work_along(bare_function(there, MOST_CALLS), pipe)
        return
    drafts = there.drafts(MOST_CALLS)
    if kind == ROWS:
        work_along(bare_rows(there, drafts), pipe)
        return
    with container_of(there) as container:
        work_along(admissions(container, drafts), pipe)


if __name__ == "__main__":
    main()
