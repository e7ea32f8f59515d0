"""How many starts a second, of one process and of several, and who the limit is.

    python -m benchmarks.throughput [--rounds 3]

Each process starts drafts of its own, one after the other, against the same servers; PostgreSQL waits for its disk.
While they do, the shares of the machine that the servers and the processes take are counted.
"""

import os
import time
from collections.abc import Iterator
from multiprocessing.connection import Connection
from pathlib import Path
from statistics import median

from benchmarks.measuring.crowd import SECONDS, rate_of, work_along
from benchmarks.measuring.results import Report, arguments
from benchmarks.measuring.stage import Stage, stage
from benchmarks.warm_path import starts

from campaign_orchestrator.container import build_container, close
from campaign_orchestrator.settings import read_settings

PROCESSES = (1, 2, 4, 8)
TICKS = os.sysconf("SC_CLK_TCK")


def main() -> None:
    asked = arguments(__doc__, rounds=3)
    report = Report("throughput", title="Throughput")
    rates: dict[int, list[float]] = {count: [] for count in PROCESSES}
    shares: dict[int, dict[str, float]] = {}
    with stage(durable=True) as there:
        for _ in range(asked.rounds):
            for count in PROCESSES:
                rate, shares[count] = _rate(there, count)
                rates[count].append(rate)
    one = median(rates[1])
    rows = [
        [count, round(median(rates[count])), round(median(rates[count]) / one, 2), *_shown(shares[count])]
        for count in PROCESSES
    ]
    columns = [
        "processes",
        "starts a second",
        "times one",
        "cores of PostgreSQL",
        "of Redis",
        "of AWS's double",
        "of ours",
    ]
    report.facts(f"{SECONDS:.0f} s each, {asked.rounds} times in turns, {os.cpu_count()} cores", columns, rows)
    report.write()


def _shown(share: dict[str, float]) -> list[float]:
    return [round(share.get(name, 0.0), 2) for name in ("postgres", "valkey", "aws", "ours")]


def _rate(there: Stage, count: int) -> tuple[float, dict[str, float]]:
    end, shares = there.ending_runs(), dict[str, float]()

    def meanwhile(until: float) -> None:
        before, began = _used(), time.monotonic()
        while time.monotonic() < until - SECONDS / 4:  # work ends, too, so that pools stay as small as they are
            end()
            time.sleep(0.05)
        # Before the first process ends: what has ended is counted no more.
        passed, after = time.monotonic() - began, _used()
        shares.update({name: (used - before.get(name, 0.0)) / passed for name, used in after.items()})

    return rate_of(count, _client, there, meanwhile=meanwhile), shares


def _client(there: Stage, pipe: Connection) -> None:
    os.environ.update({name: value for name, value in there.variables.items() if name.startswith("AWS_")})
    container = build_container(read_settings(there.variables))
    work_along(starts(container, iter(there.drafts(10_000))), pipe)
    close(container)


def _used() -> dict[str, float]:
    """Seconds of processor that each kind of process has used."""
    used: dict[str, float] = {}
    for name, seconds in _processes():
        used[name] = used.get(name, 0.0) + seconds
    return used


def _processes() -> Iterator[tuple[str, float]]:
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            command = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
            fields = (folder / "stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        name = "postgres" if "postgres" in command.split("/")[-1] or command.startswith("postgres") else ""
        name = name or ("valkey" if "valkey-server" in command else "aws" if "aws_answers" in command else "")
        name = name or ("ours" if "multiprocessing" in command else "")
        if name:
            yield name, (int(fields[11]) + int(fields[12])) / TICKS


if __name__ == "__main__":
    main()
