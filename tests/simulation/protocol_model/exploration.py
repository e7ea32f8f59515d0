"""Breadth first through every reachable state, so that the first broken promise has the shortest trace."""

import time
from collections import deque
from collections.abc import Iterator
from typing import NamedTuple

from protocol_model.dispatchers import Step, outside_steps
from protocol_model.invariants import broken_by, broken_in
from protocol_model.processes import Orchestrator, Request
from protocol_model.rules import Rules
from protocol_model.state import State

MOST_STATES = 5_000_000


class Scenario(NamedTuple):
    """Who asks for what, and which faults there may be.

    ``channel``: ``voice`` (a workflow that claims), ``foreign`` (one that never does) or ``sms`` (a queue).
    """

    name: str
    channel: str
    requests: tuple[Request, ...]
    statuses: tuple[str, ...] = ("draft", "draft")
    crashes: int = 1
    losses: int = 1
    most_attempts: int = 2

    def within(
        self, *, crashes: int | None = None, losses: int | None = None, most_attempts: int | None = None
    ) -> "Scenario":
        """The same with other bounds, where they are given."""
        return self._replace(
            crashes=self.crashes if crashes is None else crashes,
            losses=self.losses if losses is None else losses,
            most_attempts=self.most_attempts if most_attempts is None else most_attempts,
        )

    def alone(self) -> "Scenario":
        """Without the second campaign, of which nobody asks anything."""
        return self._replace(statuses=self.statuses[:1])

    @property
    def first(self) -> State:
        processes = tuple(request.begins for request in self.requests)
        return State(self.statuses, (), (), (), (), (), (), processes, self.crashes, self.losses)


class Verdict(NamedTuple):
    """``broken`` is empty when every promise holds; otherwise ``trace`` is a shortest way to break it."""

    states: int
    seconds: float
    broken: str
    trace: list[str]
    steps_seen: frozenset[tuple[str, str, str]]


class Exploration:
    """One scenario under one set of rules."""

    def __init__(self, scenario: Scenario, rules: Rules) -> None:
        self.scenario = scenario
        self.rules = rules
        self.orchestrators = [
            Orchestrator(index, request, scenario.channel, rules, scenario.most_attempts)
            for index, request in enumerate(scenario.requests)
        ]
        self.states: list[State] = [scenario.first]
        self.known: dict[State, int] = {scenario.first: 0}
        self.came_by: list[tuple[int, str]] = [(-1, "")]
        self.before: list[list[int]] = [[]]
        self.steps_seen: set[tuple[str, str, str]] = set()

    def explore(self) -> Verdict:
        """Raises MemoryError when the scenario's bounds let it grow beyond MOST_STATES."""
        began = time.monotonic()
        broken, at = self._search()
        if not broken:
            broken, at = self._convergence()
        return Verdict(
            len(self.states), time.monotonic() - began, broken, self._trace(at), frozenset(self.steps_seen)
        )

    def steps(self, state: State) -> Iterator[Step]:
        yield from outside_steps(state, self.rules, self.scenario.channel)
        for orchestrator in self.orchestrators:
            yield from orchestrator.steps(state)

    def _search(self) -> tuple[str, int]:
        index = 0
        while index < len(self.states):
            state = self.states[index]
            for label, after in self.steps(state):
                number = self._number(after, index, label)
                why = broken_in(after, self.scenario.channel) or broken_by(state, after)
                if why:
                    return why, number
            index += 1
        return "", -1

    def _number(self, after: State, index: int, label: str) -> int:
        number = self.known.get(after)
        if number is None:
            number = len(self.states)
            if number >= MOST_STATES:
                raise MemoryError(f"{self.scenario.name}: more than {MOST_STATES} states")
            self.known[after] = number
            self.states.append(after)
            self.came_by.append((index, label))
            self.before.append([])
            self._note(self.states[index], after, label)
        if label[0] != "!":
            self.before[number].append(index)
        return number

    def _note(self, before: State, after: State, label: str) -> None:
        for old, new in zip(before.statuses, after.statuses, strict=True):
            if old != new:
                self.steps_seen.add(("status", old, new))
        for run in after.runs if before.runs is not after.runs else ():
            earlier = before.run(run.campaign, run.number)
            if earlier is not None and earlier.state != run.state:
                self.steps_seen.add(("run", earlier.state, run.state))

    def _convergence(self) -> tuple[str, int]:
        """I13: from every state some path without faults leads to one where everything is settled."""
        settled = [number for number, state in enumerate(self.states) if is_settled(state, self.scenario.channel)]
        reaches, waiting = bytearray(len(self.states)), deque(settled)
        for number in settled:
            reaches[number] = 1
        while waiting:
            for number in self.before[waiting.popleft()]:
                if not reaches[number]:
                    reaches[number] = 1
                    waiting.append(number)
        stuck = reaches.find(0)
        return ("I13: never settled", stuck) if stuck >= 0 else ("", -1)

    def _trace(self, at: int) -> list[str]:
        trace: list[str] = []
        while at > 0:
            at, label = self.came_by[at]
            trace.append(label)
        return trace[::-1]


def is_settled(state: State, channel: str) -> bool:
    """Nobody is busy, and each live run is one whose workflow is open."""
    if state.workers or state.delayed or state.messages:
        return False
    if any(process.at not in ("over", "refused", "look") for process in state.processes):
        return False
    live = [run for run in state.runs if run.is_live]
    if sum(phase == "open" for _, _, phase in state.executions) > len(live):
        return False
    return all(run.state == "running" and state.execution(*run[:2]) == "open" for run in live)
