"""Holds what the last ``make mutate`` left alive against what is known to be harmless.

    python tests/mutation/survivors.py

Exits with 1 when a survivor is not in explained.toml, when an entry there has no survivor any more, or when less
than nine of ten mutants were killed. A mutant is known by its function and by the lines that it takes away and puts
in their place, since its number changes whenever a line is added above it.
"""

import json
import sys
import tomllib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from mutmut.mutation.diff_apply import get_diff_for_mutant
from mutmut.stats import status_by_exit_code

MUTANTS, EXPLAINED = Path("mutants/src"), Path("tests/mutation/explained.toml")
LEAST_KILLED = 0.9
NOTICED = ("killed", "timeout", "segfault", "caught by type check")

Change = tuple[str, str, str]
"""A function's name, the lines that are taken away, and those that take their place."""


def main() -> int:
    fates: Counter[tuple[str, bool]] = Counter()
    known = set(explained())
    met: set[Change] = set()
    unexplained = 0
    for name, is_alive in mutants():
        fates[name.split(".")[0], is_alive] += 1
        if is_alive:
            diff = get_diff_for_mutant(name)
            change = change_of(name, diff)
            met.add(change)
            if change not in known:
                unexplained += 1
                print(f"\n{name} survived:\n{diff}")
    for function, before, after in sorted(known - met):
        print(f"\n{EXPLAINED} explains what did not survive, in {function}:\n-{before}\n+{after}")
    enough = True
    for package in sorted({package for package, _ in fates}):
        killed, survived = fates[package, False], fates[package, True]
        share = killed / (killed + survived)
        enough = enough and share > LEAST_KILLED
        print(f"{package}: {killed} of {killed + survived} mutants killed ({share:.1%})")
    print(f"{len(met & known)} kinds of survivors are explained in {EXPLAINED}, {unexplained} survivors are not")
    return 0 if enough and not unexplained and known <= met else 1


def mutants() -> Iterator[tuple[str, bool]]:
    """Each mutant's name, and whether it survived: also one that no test has met."""
    for path in sorted(MUTANTS.rglob("*.meta")):
        for name, code in json.loads(path.read_text())["exit_code_by_key"].items():
            if code is None:
                raise SystemExit(f"{name} was not tried: make mutate has not come to its end")
            yield name, status_by_exit_code[code] not in NOTICED


def change_of(name: str, diff: str) -> Change:
    function = name.rpartition("__mutmut_")[0]
    lines = [line for line in diff.splitlines() if not line.startswith(("---", "+++"))]
    before, after = ("\n".join(line[1:].strip() for line in lines if line.startswith(sign)) for sign in ("-", "+"))
    return function, before, after


def explained() -> Iterator[Change]:
    for entry in tomllib.loads(EXPLAINED.read_text())["survivor"]:
        if not entry["why"]:
            raise SystemExit(f"{EXPLAINED} does not say why {entry['before']!r} in {entry['function']} is harmless")
        for after in [entry["after"]] if isinstance(entry["after"], str) else entry["after"]:
            yield entry["function"], entry["before"].strip(), after.strip()


if __name__ == "__main__":
    sys.exit(main())
