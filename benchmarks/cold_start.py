"""From the start of a process to its first answer, in the layout of the package that is deployed.

    python -m benchmarks.cold_start [--rounds 20]

The floor is a file that imports botocore, psycopg and redis as they come, and makes the one client that the route
needs; it connects to nothing. Ours answers a start: PostgreSQL, AWS and Redis have each been asked. For each Python
that this machine has; in folders with byte-code, as the package has it, and once without.
"""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "deploy"))

from benchmarks.measuring.contest import Sample, interleaved
from benchmarks.measuring.results import Report, arguments
from benchmarks.measuring.stage import ROOT, Stage, stage

from service_data import called_operations, trim
from service_package import compile_bytecode, interpreter, lay_out_our_code

PYTHONS = ("3.11", "3.13")
ROUTES = {"sms": "lambda", "voice": "stepfunctions"}
FLOOR = """
import sys
import botocore.session, psycopg, redis
botocore.session.Session().create_client(sys.argv[1], region_name="eu-central-1", endpoint_url="http://127.0.0.1:1")
print("ready", flush=True)
"""
OURS = """
import json, sys

class Context:
    aws_request_id = "first"

    def get_remaining_time_in_millis(self):
        return 25000

from campaign_orchestrator.lambda_handler import handler
print("ready" if handler(json.loads(sys.argv[1]), Context())["success"] else "refused", flush=True)
"""
BARE = "three drivers and one client, until they are there"
BARE_WHOLE = "three drivers and one client, until its exit"
ANSWER, WHOLE = "a first start, until its answer", "a first start, until its exit"
UNCOMPILED = "a first start, package without byte-code"


def folders(place: Path, python: str, command: str) -> tuple[Path, Path, Path]:
    """The drivers as they are installed; the package; and the package without byte-code."""
    plain, packed, uncompiled = place / "plain", place / "packed", place / "uncompiled"
    uv = str(Path(sys.executable).with_name("uv"))
    install = [uv, "pip", "install", "--quiet", "--link-mode", "copy", "--python", command, "--require-hashes"]
    requirements = ["--only-binary", ":all:", "-r", str(ROOT / "requirements" / "lambda.txt")]
    subprocess.run([*install, "--target", str(plain), *requirements], check=True)  # noqa: S603 - our own words
    shutil.copytree(plain, packed)
    trim(packed / "botocore" / "data", called_operations())
    lay_out_our_code(packed)
    shutil.copytree(packed, uncompiled)
    for folder in (plain, packed):
        compile_bytecode(folder, python)
    for cached in list(uncompiled.rglob("__pycache__")):
        shutil.rmtree(cached)
    return plain, packed, uncompiled


def process(
    command: str, program: str, argument: Callable[[], str], folder: Path, there: Stage, *, until_exit: bool
) -> Callable[[], object]:
    """One process with the packages of ``folder`` and no others, to its line "ready", or to its end."""

    def work() -> None:
        environment = there.variables | {"PYTHONPATH": str(folder), "PYTHONDONTWRITEBYTECODE": "1"}
        started = subprocess.Popen(  # noqa: S603 - our own words
            [command, "-c", program, argument()], env=environment, stdout=subprocess.PIPE, text=True
        )
        told = ""
        while started.stdout is not None and told != "ready\n":
            told = started.stdout.readline()
            if not told or told == "refused\n":
                raise RuntimeError("no answer")
        if until_exit:
            started.wait()

    return work


def contenders(
    there: Stage, command: str, kept: tuple[Path, Path, Path], drafts: Iterator[str], client: str
) -> Mapping[str, Callable[[], object]]:
    plain, packed, uncompiled = kept

    def event() -> str:
        return json.dumps({"action": "start", "campaignId": next(drafts)})

    return {
        BARE: process(command, FLOOR, lambda: client, plain, there, until_exit=False),
        BARE_WHOLE: process(command, FLOOR, lambda: client, plain, there, until_exit=True),
        ANSWER: process(command, OURS, event, packed, there, until_exit=False),
        WHOLE: process(command, OURS, event, packed, there, until_exit=True),
        UNCOMPILED: process(command, OURS, event, uncompiled, there, until_exit=False),
    }


def main() -> None:
    asked = arguments(__doc__, rounds=20)
    report = Report("cold_start", title="Cold start")
    with stage(durable=True) as there, TemporaryDirectory() as place:
        for python in PYTHONS:
            base = interpreter(python)
            if base is None:
                print(f"This machine has no Python {python}: not measured")
                continue
            folder = Path(place) / python
            subprocess.run([base, "-m", "venv", "--without-pip", str(folder / "bare")], check=True)  # noqa: S603 - our own words
            command = str(folder / "bare" / "bin" / "python")
            kept = folders(folder, python, command)
            for campaign_type, client in ROUTES.items():
                drafts = iter(there.drafts(4 * (asked.rounds + 3), campaign_type=campaign_type))
                chosen = contenders(there, command, kept, drafts, client)
                samples: dict[str, Sample] = interleaved(
                    chosen, rounds=asked.rounds, warm_up=1, between=there.ending_runs()
                )
                report.table(f"Python {python}, {campaign_type}", samples, floor=BARE)
                whole = {name: samples[name] for name in (BARE_WHOLE, WHOLE)}
                report.table(f"Python {python}, {campaign_type}, whole processes", whole, floor=BARE_WHOLE)
            report.facts(f"Python {python}, unzipped", ["", "MB"], sizes(kept))
    report.write()


def sizes(kept: tuple[Path, Path, Path]) -> list[list[object]]:
    names = ("requirements as they are installed, with byte-code", "the package", "the package without byte-code")
    return [
        [name, round(sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) / 1e6, 1)]
        for name, folder in zip(names, kept, strict=True)
    ]


if __name__ == "__main__":
    os.environ.pop("PYTHONPATH", None)
    main()
