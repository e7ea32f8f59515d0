"""Drives a handler of the specification's event contract, this one or another, on servers of its own.

    python -m benchmarks.scenario [--handler package.module:handler] [--scenario FILE] [--rounds 100]

Each step of the scenario is an event and what its answer must hold. Several --handler are driven in turns, each on
campaigns of its own, and compared with the first. A handler finds its servers by the specification's variables.
"""

import argparse
import importlib
import json
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any
from uuid import uuid4

from benchmarks.measuring.contest import Sample, interleaved
from benchmarks.measuring.results import Report
from benchmarks.measuring.stage import Stage, stage

OURS = "campaign_orchestrator.lambda_handler:handler"
SPECIFICATION = Path(__file__).with_name("scenarios") / "specification.json"
Handler = Callable[[Mapping[str, Any], Any], Mapping[str, Any]]


class Context:
    """What a handler may ask Lambda's context for."""

    def __init__(self) -> None:
        self.aws_request_id = uuid4().hex

    def get_remaining_time_in_millis(self) -> int:
        return 25_000


class Driver:
    """One handler on its way through the scenario: each call makes the next step, and checks what is answered."""

    def __init__(self, handler: Handler, steps: list[dict[str, Any]], campaigns: list[str]) -> None:
        self._handler, self._steps, self._campaigns = handler, steps, iter(campaigns)
        self._campaign = ""

    def step(self, number: int) -> Callable[[], object]:
        """The step of that number; the first takes another campaign."""
        step = self._steps[number]

        def work() -> None:
            if number == 0:
                self._campaign = next(self._campaigns)
            event = json.loads(json.dumps(step["event"]).replace("{campaign}", self._campaign))
            answer = self._handler(event, Context())
            wrong = {name: answer.get(name) for name, value in step["expect"].items() if answer.get(name) != value}
            if wrong:
                raise SystemExit(f"{step['name']} is answered with {wrong}, and not with {step['expect']}")

        return work


def loaded(path: str) -> Handler:
    """The handler at ``package.module:name``."""
    module, _, name = path.partition(":")
    handler: Handler = getattr(importlib.import_module(module), name)
    return handler


def drive(
    there: Stage, handlers: Mapping[str, Handler], steps: list[dict[str, Any]], campaign_type: str, rounds: int
) -> dict[str, dict[str, Sample]]:
    """The times of each step, by step and handler: whole scenarios in turns, their steps in order."""
    drivers = {
        name: Driver(handler, steps, there.drafts(rounds + 10, campaign_type=campaign_type))
        for name, handler in handlers.items()
    }
    found: dict[str, dict[str, Sample]] = {step["name"]: {} for step in steps}
    times: dict[tuple[str, str], list[float]] = {}
    for _ in range(rounds):
        for name, driver in drivers.items():
            for number, step in enumerate(steps):
                samples = interleaved({name: driver.step(number)}, rounds=1, warm_up=0)
                times.setdefault((step["name"], name), []).extend(samples[name].seconds)
    for (step_name, name), seconds in times.items():
        found[step_name][name] = Sample(name=name, seconds=tuple(seconds[rounds // 10 :]))
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--handler", action="append", help=f"package.module:name, the first is the floor; {OURS}")
    parser.add_argument("--scenario", type=Path, default=SPECIFICATION)
    parser.add_argument("--rounds", type=int, default=100)
    asked = parser.parse_args()
    scenario = json.loads(asked.scenario.read_text())
    report = Report("scenario", title="Scenario")
    with stage(durable=True) as there:
        os.environ.update(there.variables)
        handlers = {path: loaded(path) for path in asked.handler or [OURS]}
        for campaign_type in scenario["campaignTypes"]:
            found = drive(there, handlers, scenario["steps"], campaign_type, asked.rounds)
            for name, samples in found.items():
                report.table(f"{campaign_type}: {name}", samples, floor=next(iter(handlers)))
    report.write()


if __name__ == "__main__":
    main()
