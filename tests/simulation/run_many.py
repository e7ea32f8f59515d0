"""Plays many random histories, or one again.

python tests/simulation/run_many.py COUNT [FIRST_SEED]  plays COUNT histories; one alone: shows what happens
python tests/simulation/run_many.py --replay STEPS      plays these steps and shows what happens
"""

import sys
import time

from drawing import Drawing
from findings import find, trace_of
from history_steps import read
from purged_history import is_as_if_the_other_were_not_there

REPORTED_EVERY = 1_000
EACH_ALONE_EVERY = 10


def main(arguments: list[str]) -> int:
    """Returns 1, after what is told of it, when a promise is broken."""
    if arguments[0] == "--replay":
        trace, broken = trace_of(read(arguments[1]))
        print("\n".join(trace))
        return int(broken is not None)
    count, first_seed = int(arguments[0]), int(arguments[1]) if len(arguments) > 1 else 0
    if count == 1:
        return show(first_seed)
    began = time.monotonic()
    for played, seed in enumerate(range(first_seed, first_seed + count), start=1):
        finding = find(seed, each_alone=seed % EACH_ALONE_EVERY == 0)
        if finding is not None:
            print(finding)
            return 1
        if played % REPORTED_EVERY == 0 or played == count:
            print(f"{played} histories, {played / (time.monotonic() - began):.0f} a second", flush=True)
    return 0


def show(seed: int) -> int:
    """One whole history, as it was drawn."""
    drawing = Drawing(seed)
    drawing.history.is_traced = True
    try:
        drawing.play()
        is_as_if_the_other_were_not_there(drawing.steps)
    except AssertionError as broken:
        print("\n".join([*drawing.history.trace, f"BROKEN {broken}"]))
        return 1
    print("\n".join(drawing.history.trace))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
