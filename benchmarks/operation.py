"""A day of operation over a million past runs: does anything slow?

    python -m benchmarks.operation [--rounds 1440]

A round is what a minute brings, without the waiting: both channels start campaigns, one is paused, resumed and
stopped, one is stopped at once, one ends by itself; the pools' status is looked at, and the schedule reconciles.
Each hour of sixty such minutes is held against the first. The slot ledger remembers for an hour which runs have
ended; a day takes half a minute here, so what it would have forgotten by then is taken away after each hour.
"""

import os
import statistics
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from uuid import uuid4

import psycopg
from attrs import define, field
from benchmarks.admission import container_of
from benchmarks.measuring.contest import Sample
from benchmarks.measuring.results import Report, arguments
from benchmarks.measuring.stage import Stage, stage
from benchmarks.scale import put_past_runs, request
from redis import Redis

from campaign_orchestrator.container import Container
from orchestrator_adapters.memory.dispatcher import InMemoryExecutions
from orchestrator_domain.run import RunOutcome

PAST, MINUTES_AN_HOUR = 1_000_000, 60
SCHEDULE = {"source": "aws.events", "detail-type": "Scheduled Event", "detail": {}}


@define
class Operation:
    """One process of the orchestrator, and how long each of its answers took, in seconds, by action."""

    container: Container
    executions: InMemoryExecutions
    sms: Iterator[str]
    voice: Iterator[str]
    taken: dict[str, list[float]] = field(factory=lambda: defaultdict(list))

    def minute(self) -> None:
        text, call, paused = next(self.sms), next(self.voice), next(self.voice)
        for campaign in (text, call, paused):
            self._ask("start", campaign)
        self._ask("pause", paused)
        self._ask("resume", paused)
        self._ask("stop", paused)
        self._ask("stop", text)
        self._ends_by_itself()
        self._send("status of all pools", {"action": "status"})
        self._send("status of a campaign", {"action": "status", "campaignIds": [call]})
        self._send("history", {"action": "history", "campaignId": call})
        self._send("scheduled reconciliation", SCHEDULE)
        self.executions.executions.clear()  # Step Functions forgets, too
        self.executions.dispatched.clear()

    def _ends_by_itself(self) -> None:
        (name,) = (one.name for one in self.executions.executions.values() if one.outcome is None)
        self.executions.close(name, RunOutcome.SUCCEEDED)
        detail = {"name": name, "status": "SUCCEEDED"}
        event = {"source": "aws.states", "detail-type": "Step Functions Execution Status Change", "detail": detail}
        self._send("end of an execution", event)

    def _ask(self, action: str, campaign: str) -> None:
        self._send(action, {"action": action, "campaignId": campaign, "idempotencyKey": uuid4().hex})

    def _send(self, name: str, event: Mapping[str, object]) -> None:
        work = request(self.container, event)
        began = time.perf_counter()
        work()
        self.taken[name].append(time.perf_counter() - began)


def main() -> None:
    asked = arguments(__doc__, rounds=24 * MINUTES_AN_HOUR)
    report = Report("operation", title="A day of operation")
    with stage(durable=False) as there, closing(psycopg.connect(there.database, autocommit=True)) as sql:
        put_past_runs(sql, PAST)
        with operation(there, asked.rounds + MINUTES_AN_HOUR) as work:
            redis = Redis(host=there.redis.host, port=there.redis.port, password=there.redis.password)
            for _ in range(MINUTES_AN_HOUR):
                work.minute()
            work.taken.clear()
            redis.flushall()
            minutes, megabytes = observed(work, asked.rounds, redis.flushall)
        hours = {
            f"hour {number + 1}": Sample(
                name=f"hour {number + 1}",
                seconds=tuple(minutes[number * MINUTES_AN_HOUR : (number + 1) * MINUTES_AN_HOUR]),
            )
            for number in range(len(minutes) // MINUTES_AN_HOUR)
        }
        shown = [name for place, name in enumerate(hours) if place % 6 == 0] + [list(hours)[-1]]
        title = f"A minute's requests, over {PAST:,} past runs"
        report.table(title, {name: hours[name] for name in shown}, floor="hour 1")
        report.facts(
            "Each request, last hour over first", ["", "first, ms", "last, ms", "times"], ends(work, asked.rounds)
        )
        report.facts("Memory of the process", ["after", "MB"], megabytes)
    report.write()


@contextmanager
def operation(there: Stage, minutes: int) -> Iterator[Operation]:
    """A process with campaigns for so many minutes."""
    with container_of(there) as container:
        executions = container.step_functions()
        if not isinstance(executions, InMemoryExecutions):
            raise TypeError(executions)
        yield Operation(
            container=container,
            executions=executions,
            sms=iter(there.drafts(minutes, name="text")),
            voice=iter(there.drafts(2 * minutes, name="call", campaign_type="voice")),
        )


def observed(work: Operation, minutes: int, forget: Callable[[], object]) -> tuple[list[float], list[list[object]]]:
    """The seconds that each minute's requests took, and the memory after the first hour and at the end."""
    seconds: list[float] = []
    memory: list[list[object]] = []
    for minute in range(1, minutes + 1):
        began = time.perf_counter()
        work.minute()
        seconds.append(time.perf_counter() - began)
        if minute % MINUTES_AN_HOUR == 0:
            forget()
        if minute in (MINUTES_AN_HOUR, minutes):
            memory.append([f"{minute // MINUTES_AN_HOUR} h", round(resident_megabytes(), 1)])
    return seconds, memory


def ends(work: Operation, minutes: int) -> list[list[object]]:
    """Each request's median in the first hour and in the last, in milliseconds."""
    rows: list[list[object]] = []
    for name, seconds in work.taken.items():
        an_hour = len(seconds) * MINUTES_AN_HOUR // minutes
        first, last = (statistics.median(part) * 1_000 for part in (seconds[:an_hour], seconds[-an_hour:]))
        rows.append([name, round(first, 3), round(last, 3), round(last / first, 2)])
    return rows


def resident_megabytes() -> float:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGESIZE") / 1e6


if __name__ == "__main__":
    main()
