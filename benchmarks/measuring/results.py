"""Prints what was measured, and keeps it: a table for people, a file for whoever compares."""

import argparse
import json
import os
import platform
import subprocess
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from attrs import asdict, define, field
from benchmarks.measuring.contest import Sample, ratio

RESULTS: Final = Path(__file__).resolve().parents[1] / "results"


def arguments(document: str | None, *, rounds: int) -> argparse.Namespace:
    """What every benchmark may be told: how many rounds."""
    parser = argparse.ArgumentParser(description=(document or "").splitlines()[0])
    parser.add_argument("--rounds", type=int, default=rounds)
    return parser.parse_args()


@define
class Report:
    """One benchmark's tables. ``name``: of its file in ``benchmarks/results``."""

    name: str
    title: str
    tables: list[dict[str, Any]] = field(factory=list)

    def table(self, title: str, samples: Mapping[str, Sample], *, floor: str) -> None:
        """Each sample with its ratio to the one named ``floor``."""
        rows = []
        for sample in samples.values():
            first, third = sample.quartiles
            rows.append(
                {
                    "name": sample.name,
                    "milliseconds": sample.median * 1_000,
                    "quartiles": [first * 1_000, third * 1_000],
                    "rounds": len(sample.seconds),
                    **{key: value for key, value in asdict(ratio(sample, samples[floor])).items() if key != "name"},
                }
            )
        self.tables.append({"title": title, "floor": floor, "rows": rows})
        self._print(self.tables[-1])

    def facts(self, title: str, columns: list[str], rows: list[list[Any]]) -> None:
        """A table that is no comparison of times."""
        self.tables.append({"title": title, "columns": columns, "facts": rows})
        print(f"\n{self.title}: {title}")
        widths = [max(len(str(row[place])) for row in [columns, *rows]) for place in range(len(columns))]
        for row in [columns, *rows]:
            print("  " + "  ".join(str(cell).ljust(width) for cell, width in zip(row, widths, strict=True)))

    def write(self) -> None:
        """Keep it in ``benchmarks/results``."""
        RESULTS.mkdir(exist_ok=True)
        path = RESULTS / f"{self.name}.json"
        content = {"title": self.title, "machine": machine(), "tables": self.tables}
        path.write_text(json.dumps(content, indent=1) + "\n")

    def _print(self, table: Mapping[str, Any]) -> None:
        print(f"\n{self.title}: {table['title']}")
        for row in table["rows"]:
            print(
                f"  {row['name']:<58} {row['milliseconds']:9.3f} ms"
                f"   {row['value']:6.2f} times the floor ({row['low']:.2f} to {row['high']:.2f})"
            )


def machine() -> dict[str, Any]:
    """What this was measured on, and with which code."""
    return {
        "processor": _processor(),
        "cores": os.cpu_count(),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "commit": _git("rev-parse", "--short", "HEAD"),
        "changed": bool(_git("status", "--porcelain", "src")),
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
    }


def _processor() -> str:
    names = [
        line.partition(":")[2].strip()
        for line in Path("/proc/cpuinfo").read_text().splitlines()
        if "model name" in line
    ]
    return names[0] if names else platform.processor()


def _git(*words: str) -> str:
    done = subprocess.run(["git", *words], capture_output=True, text=True, cwd=RESULTS.parent, check=False)  # noqa: S603, S607 - our own words
    return done.stdout.strip()
