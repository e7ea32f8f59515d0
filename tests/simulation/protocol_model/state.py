"""One state of the whole system: tuples only, so that millions of them can be compared and remembered.

Not modelled: Redis (no decision reads it), the halt of a pool, rows changed by others, redriven executions.
PostgreSQL is taken as linearizable: each of its functions is one step.
"""

from typing import NamedTuple


class Run(NamedTuple):
    """A row of campaign_runs. The last three fields are the observer's: no process reads them."""

    campaign: int
    number: int
    state: str = "dispatching"
    attempts: int = 1
    unknown: bool = False
    referenced: bool = False
    claimant: int = 0
    token: int = 0
    claimable: bool = True
    leased: bool = False
    progressed: bool = False
    outcome: str = ""
    previous_status: str = ""
    key: str = ""
    has_acted: bool = False
    said_not_dispatched: bool = False

    @property
    def is_live(self) -> bool:
        return self.state != "ended"

    @property
    def is_confirmed(self) -> bool:
        return self.referenced or self.claimant > 0


class Worker(NamedTuple):
    """A dispatcher's function. ``token`` 0: it never claims. ``working``: contacts are being reached now."""

    campaign: int
    number: int
    token: int
    working: bool = False


class Process(NamedTuple):
    """Where an orchestrator process is, and what it remembers of the run that it is busy with."""

    at: str
    campaign: int = 0
    number: int = 0
    attempts: int = 1
    status: str = ""


class State(NamedTuple):
    statuses: tuple[str, ...]
    runs: tuple[Run, ...]
    keys: tuple[tuple[str, int], ...]
    executions: tuple[tuple[int, int, str], ...]
    delayed: tuple[tuple[int, int, str], ...]
    messages: tuple[tuple[int, int, int], ...]
    workers: tuple[Worker, ...]
    processes: tuple[Process, ...]
    crashes: int
    losses: int
    broken: str = ""

    def run(self, campaign: int, number: int) -> Run | None:
        for run in self.runs:
            if run.campaign == campaign and run.number == number:
                return run
        return None

    def latest(self, campaign: int) -> Run | None:
        return max((run for run in self.runs if run.campaign == campaign), key=lambda run: run.number, default=None)

    def live(self) -> int:
        return sum(run.state != "ended" for run in self.runs)

    def execution(self, campaign: int, number: int) -> str:
        for c, n, phase in self.executions:
            if c == campaign and n == number:
                return phase
        return ""

    def with_run(self, run: Run) -> "State":
        others = [r for r in self.runs if (r.campaign, r.number) != (run.campaign, run.number)]
        return self._replace(runs=tuple(sorted([*others, run])))

    def with_execution(self, campaign: int, number: int, phase: str) -> "State":
        others = [e for e in self.executions if e[:2] != (campaign, number)]
        return self._replace(executions=tuple(sorted([*others, (campaign, number, phase)])))

    def with_status(self, campaign: int, status: str) -> "State":
        return self._replace(statuses=(*self.statuses[:campaign], status, *self.statuses[campaign + 1 :]))

    def with_process(self, index: int, process: Process) -> "State":
        return self._replace(processes=(*self.processes[:index], process, *self.processes[index + 1 :]))

    def with_worker(self, old: Worker | None, new: Worker | None) -> "State":
        workers = list(self.workers)
        if old is not None:
            workers.remove(old)
        if new is not None:
            workers.append(new)
        return self._replace(workers=tuple(sorted(workers)))

    def with_message(self, campaign: int, number: int, attempt: int) -> "State":
        # A second copy in the queue is what a second delivery is, and that is a step of its own.
        return self._replace(messages=tuple(sorted({*self.messages, (campaign, number, attempt)})))

    def without_message(self, message: tuple[int, int, int]) -> "State":
        return self._replace(messages=tuple(m for m in self.messages if m != message))
