"""What the semaphores that people use cost on the same server, and what they do when a holder dies or works on.

    python -m benchmarks.peers [--rounds 30]

Each is driven in a process of its own, by ``benchmarks/semaphores/worker.py`` in its library's environment
(``build/peers``, ``build/peers_older``, which ``make bench`` makes). The floor is two scripts that do nothing, sent
by redis-py's default client of the newer environment.
"""

import json
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path
from typing import Any

from attrs import frozen
from benchmarks.measuring.contest import Sample, turns
from benchmarks.measuring.results import Report, arguments
from benchmarks.measuring.stage import ROOT, Stage, stage

FLOOR, OURS = "two trivial scripts, redis-py's default client", "record and release, through the port"
PAIRS, CLIENTS, NEVER_FULL, LONG_SECONDS = 50, 8, 1_000, 60
LIMIT, LEASE_SECONDS, WARM_UP = 3, 2, 2
ENVIRONMENTS = {
    "": sys.executable,
    "peers": str(ROOT / "build/peers/bin/python"),
    "peers_older": str(ROOT / "build/peers_older/bin/python"),
}
PEERS = {
    "concurrency-limit": ("peers_older", "with_concurrency_limit"),
    "dramatiq": ("peers", "with_dramatiq"),
    "py-redis-semaphore": ("peers", "with_py_redis_semaphore"),
    "self-limiters": ("peers", "with_self_limiters"),
    "steindamm": ("peers", "with_steindamm"),
    "redis-semaphore": ("peers_older", "with_redis_semaphore"),
    "redis-semaphore-eval": ("peers_older", "with_redis_semaphore_eval"),
    "tasktiger": ("peers_older", "with_tasktiger"),
}
CONTENDERS = {FLOOR: ("peers", "floor"), OURS: ("", "with_ours"), **PEERS}


@frozen
class Worker:
    """A process that takes and returns slots as it is told."""

    process: "subprocess.Popen[str]"

    def ask(self, line: str) -> Any:
        """Its answer. Raises RuntimeError when it has died."""
        if self.process.stdin is None:
            raise RuntimeError("it has no pipes")
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()
        return self._answer()

    def wait_until_ready(self) -> None:
        self._answer()

    def kill(self) -> None:
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def _answer(self) -> Any:
        line = self.process.stdout.readline() if self.process.stdout else ""
        if not line:
            raise RuntimeError("it has died")
        return json.loads(line)


@contextmanager
def worker(
    there: Stage, kind: tuple[str, str], terms: Mapping[str, object], *, clients: int = 1
) -> Iterator[Worker]:
    """A worker with the semaphore of ``kind``: its environment, and its module in ``benchmarks/semaphores``."""
    environment, module = kind
    server = {"host": there.redis.host, "port": there.redis.port, "password": there.redis.password}
    command = [
        ENVIRONMENTS[environment],
        "-m",
        "benchmarks.semaphores.worker",
        module,
        json.dumps(server | dict(terms)),
        str(clients),
    ]
    process = subprocess.Popen(  # noqa: S603 - our own words
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        cwd=ROOT,
        text=True,
    )
    made = Worker(process)
    try:
        made.wait_until_ready()
        yield made
    finally:
        made.kill()


def times(there: Stage, rounds: int, clients: int) -> dict[str, Sample]:
    """Seconds that a pair takes, or fifty pairs of each of several clients; each contender once a round."""
    seconds: dict[str, list[float]] = {name: [] for name in CONTENDERS}
    terms = {"limit": NEVER_FULL, "lease_seconds": LONG_SECONDS}
    with ExitStack() as open_:
        workers = {
            name: open_.enter_context(worker(there, kind, terms | {"name": f"timed-{name}"}, clients=clients))
            for name, kind in CONTENDERS.items()
        }
        for number, order in turns(list(workers), WARM_UP + rounds):
            for name in order:
                taken: float = workers[name].ask(f"pairs {PAIRS}")
                if number >= WARM_UP:
                    seconds[name].append(taken / PAIRS if clients == 1 else taken)
    return {name: Sample(name=name, seconds=tuple(taken)) for name, taken in seconds.items()}


def short_lease(there: Stage, name: str, of_what: str) -> AbstractContextManager[Worker]:
    """A worker for what is looked at: few slots, and a lease that is soon over."""
    terms = {"name": f"{of_what}-{name}", "limit": LIMIT, "lease_seconds": LEASE_SECONDS, "renewed": True}
    return worker(there, PEERS[name], terms)


def after_a_kill(there: Stage, name: str) -> str:
    """What becomes of the slot of a holder that was killed, while others come and go for three times its lease."""
    with ExitStack() as open_:
        victim, passer_by, *later = (
            open_.enter_context(short_lease(there, name, "killed")) for _ in range(2 + LIMIT)
        )
        if not victim.ask("acquire"):
            raise RuntimeError(name)
        victim.kill()
        until = time.monotonic() + 3 * LEASE_SECONDS
        while time.monotonic() < until:
            if passer_by.ask("acquire"):
                passer_by.ask("release")
            time.sleep(0.05)
        had = sum(bool(one.ask("acquire")) for one in later)
        return "free again" if had == LIMIT else f"lost: {had} of {LIMIT} slots are left"


def beyond_the_lease(there: Stage, name: str) -> str:
    """Whether a fourth holder is let in while three are at work for three times their lease."""
    with ExitStack() as open_:
        workers = [open_.enter_context(short_lease(there, name, "long")) for _ in range(2 * LIMIT)]
        at_work = sum(bool(one.ask("acquire")) for one in workers[:LIMIT])
        if at_work != LIMIT:
            raise RuntimeError(f"{name} gave {at_work} of {LIMIT} slots")
        time.sleep(3 * LEASE_SECONDS)
        more = sum(bool(one.ask("acquire")) for one in workers[LIMIT:])
        return f"{at_work + more} at work at a limit of {LIMIT}" if more else "kept to the limit"


def behaviour(there: Stage) -> list[list[object]]:
    """All at once: they wait for most of the time. What cannot be found out ends the benchmark."""
    with ThreadPoolExecutor(2 * len(PEERS)) as threads:
        looks = {
            name: [threads.submit(look, there, name) for look in (after_a_kill, beyond_the_lease)] for name in PEERS
        }
    return [[name, *(look.result() for look in both)] for name, both in looks.items()]


def main() -> None:
    asked = arguments(__doc__, rounds=30)
    missing = [path for path in ENVIRONMENTS.values() if not Path(path).exists()]
    if missing:
        raise SystemExit(f"{missing[0]} is not there: make bench NAMES=peers makes it")
    report = Report("peers", title="Peers")
    with stage(durable=False) as there:
        report.table("One client", times(there, asked.rounds, 1), floor=FLOOR)
        report.table(
            f"{CLIENTS} clients, {PAIRS} pairs each", times(there, asked.rounds // 2, CLIENTS), floor=FLOOR
        )
        title = f"A limit of {LIMIT}, leases of {LEASE_SECONDS} s (renewed where the library renews them)"
        columns = ["", "the slot of a killed holder, three leases later", "work that outlives its lease threefold"]
        report.facts(title, columns, behaviour(there))
    report.write()


if __name__ == "__main__":
    main()
