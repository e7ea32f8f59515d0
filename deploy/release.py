"""Builds all that is published, into dist/: the same bytes from the same commit.

python deploy/release.py [--twice]

The sdist and the wheel, the zips and the template of the service, a bill of materials for each zip and image, and
SHA256SUMS over all of them (sha256sum --check SHA256SUMS).
"""

import argparse
import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Final

from bill_of_materials import bill_of_materials
from pinned_requirements import ROOT, SHIPPED
from service_package import PLATFORMS, TARGET, install_requirements

CHECKSUMS: Final = "SHA256SUMS"
PYTHON: Final = "3.13"
LAMBDA_REQUIREMENTS: Final = SHIPPED[:1]


def date_of_the_commit() -> str:
    """The date that everything built bears, in seconds since 1970: SOURCE_DATE_EPOCH, or when the commit was made.

    Raises:
        subprocess.CalledProcessError: neither is known.
    """
    given = os.environ.get("SOURCE_DATE_EPOCH")
    if given:
        return given
    command = ["git", "-C", str(ROOT), "log", "-1", "--format=%ct"]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()  # noqa: S603 - our own words


def build_distributions(target: Path) -> None:
    """The sdist, and the wheel that is built from it."""
    command = [sys.executable, "-m", "build", "--no-isolation", "--outdir", str(target), str(ROOT)]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)  # noqa: S603 - our own words


def build_service() -> None:
    """The zips and the template, as ``make package`` makes them."""
    command = [sys.executable, str(ROOT / "deploy/service_package.py"), "--python", PYTHON]
    subprocess.run(command, check=True)  # noqa: S603 - our own words


def base_image() -> str:
    """The image that deploy/Dockerfile builds on."""
    found = re.search(r"^ARG PYTHON_IMAGE=(\S+)$", (ROOT / "deploy/Dockerfile").read_text(), re.MULTILINE)
    assert found, "deploy/Dockerfile names its base image"  # noqa: S101 - a test holds the line against it
    return found[1]


def write_bills(target: Path, architecture: str) -> None:
    """The bills of one architecture's zip, which is unpacked beside it, and image."""
    bill = target / f"campaign-orchestrator-{architecture}.cdx.json"
    bill.write_text(bill_of_materials(target / architecture, LAMBDA_REQUIREMENTS))
    with tempfile.TemporaryDirectory() as folder:
        install_requirements(Path(folder), architecture, PYTHON, [path.name for path in SHIPPED])
        image = target / f"campaign-orchestrator-image-{architecture}.cdx.json"
        image.write_text(bill_of_materials(Path(folder), SHIPPED, base_image()))


def write_checksums(target: Path) -> str:
    """One line for each file of the folder, as sha256sum writes and checks them."""
    files = sorted(path for path in target.iterdir() if path.is_file() and path.name != CHECKSUMS)
    lines = "".join(f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.name}\n" for path in files)
    (target / CHECKSUMS).write_text(lines)
    return lines


def release() -> str:
    """Build everything anew; returns the checksums."""
    shutil.rmtree(TARGET, ignore_errors=True)
    build_distributions(TARGET)
    build_service()
    for architecture in sorted(PLATFORMS):
        write_bills(TARGET, architecture)
    return write_checksums(TARGET)


def main() -> int:
    """Build, and with --twice build again and compare."""
    parser = argparse.ArgumentParser(description="Builds all that is published, into dist/.")
    parser.add_argument("--twice", action="store_true", help="build a second time, and fail if any byte differs")
    asked = parser.parse_args()
    os.environ["SOURCE_DATE_EPOCH"] = date_of_the_commit()
    checksums = release()
    print(checksums, end="")
    if asked.twice and (again := release()) != checksums:
        print(f"The second build differs:\n{again}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
