"""Plays many random histories: ``python tests/simulation/run_many.py COUNT [FIRST_SEED]``.

With a count of 1 and a seed it replays one history and prints its trace.
"""

import sys
import time

from random_history import RandomHistory

REPORTED_EVERY = 1_000


def main(count: int, first_seed: int) -> int:
    """Returns 1, after the seed and the trace, when a promise is broken."""
    began = time.monotonic()
    for played, seed in enumerate(range(first_seed, first_seed + count), start=1):
        history = RandomHistory(seed)
        try:
            history.play()
        except AssertionError as broken:
            print("\n".join(history.trace))
            print(f"seed {seed}: {broken}")
            return 1
        if count == 1:
            print("\n".join(history.trace))
        if played % REPORTED_EVERY == 0 or played == count:
            print(f"{played} histories, {played / (time.monotonic() - began):.0f} a second", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 0))
