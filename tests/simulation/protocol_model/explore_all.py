"""Explores every scenario: ``make model``; ``CRASHES=1 LOSSES=1 ATTEMPTS=3`` sets larger ones."""

import os
import sys

from protocol_model.exploration import Exploration
from protocol_model.rules import Rules
from protocol_model.scenarios import SCENARIOS


def main() -> int:
    """Returns 1, after the shortest trace, when a promise is broken."""
    bounds = {
        field: int(os.environ.get(name, default))
        for field, name, default in (
            ("crashes", "CRASHES", 1),
            ("losses", "LOSSES", 0),
            ("most_attempts", "ATTEMPTS", 2),
        )
    }
    print(", ".join(f"{name} {bound}" for name, bound in bounds.items()))
    total, failed = 0, 0
    for scenario in SCENARIOS:
        if not scenario.name.startswith(os.environ.get("SCENARIO", "")):
            continue
        try:
            verdict = Exploration(scenario.within(**bounds), Rules()).explore()
        except MemoryError as too_many:
            print(f"{scenario.name:45} not explored to its end: {too_many}", flush=True)
            failed = 1
            continue
        total += verdict.states
        failed |= bool(verdict.broken)
        print(
            f"{scenario.name:45} {verdict.states:9} states {verdict.seconds:6.1f} s  {verdict.broken or 'holds'}",
            flush=True,
        )
        for step in verdict.trace:
            print(f"    {step}")
    print(f"{total} states")
    return failed


if __name__ == "__main__":
    sys.exit(main())
