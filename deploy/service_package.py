"""Builds what is deployed: a zip for each architecture, and the template as one document.

python deploy/service_package.py [--architecture arm64 --architecture x86_64] [--python 3.13]
"""

import argparse
import hashlib
import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from campaign_orchestrator.local.service_code import deployed_packages
from campaign_orchestrator.local.service_template import self_contained_template
from service_data import called_operations, trim

ROOT: Final = Path(__file__).resolve().parent.parent
TARGET: Final = ROOT / "dist"
PLATFORMS: Final = {"arm64": "aarch64-manylinux_2_28", "x86_64": "x86_64-manylinux_2_28"}
"""Of Amazon Linux 2023, which the runtimes from Python 3.12 on have: glibc 2.34."""
NOT_DEPLOYED: Final = shutil.ignore_patterns("__pycache__", "local", "command_line", "doctor", "*.pyi")
OLDEST_DATE_OF_ZIP: Final = (1980, 1, 1, 0, 0, 0)
MOST_UNZIPPED_BYTES: Final = 262_144_000
"""https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html"""


def lay_out_our_code(folder: Path) -> None:
    """Put our packages into ``folder``, as Lambda shall find them."""
    for package in deployed_packages():
        shutil.copytree(package, folder / package.name, ignore=NOT_DEPLOYED)


def install_requirements(
    folder: Path, architecture: str, python: str, files: Sequence[str] = ("lambda.txt",)
) -> None:
    """Put what we need into ``folder``, for another machine than this one.

    Raises:
        subprocess.CalledProcessError: a package has no wheel for it, or another content than its hash says.
    """
    uv = Path(sys.executable).with_name("uv")
    command = [str(uv), "pip", "install", "--quiet", "--target", str(folder), "--python-version", python]
    command += ["--python-platform", PLATFORMS[architecture], "--only-binary", ":all:", "--require-hashes"]
    for name in files:
        command += ["--requirements", str(ROOT / "requirements" / name)]
    subprocess.run(command, check=True)  # noqa: S603 - our own words
    trim(folder / "botocore" / "data", called_operations())
    remove_what_tells_of_this_machine(folder)


def remove_what_tells_of_this_machine(folder: Path) -> None:
    """Remove programs, which begin with the path of this machine's Python, and the lists that have their hashes."""
    shutil.rmtree(folder / "bin", ignore_errors=True)
    for needless in (folder / ".lock", *folder.glob("*.dist-info/RECORD")):
        needless.unlink(missing_ok=True)


def compile_bytecode(folder: Path, python: str) -> bool:
    """Compile everything with Python ``python``, if this machine has it; says whether it has.

    A function's folder is read-only: what is not compiled here is compiled again at every cold start. The files are
    not checked against their sources, whose dates a zip does not keep (https://peps.python.org/pep-0552/).
    """
    for cached in list(folder.rglob("__pycache__")):
        shutil.rmtree(cached)
    command = interpreter(python)
    if command is None:
        return False
    options = ["-m", "compileall", "-q", "--invalidation-mode", "unchecked-hash", "."]
    subprocess.run([command, *options], check=True, cwd=folder, env={"PYTHONHASHSEED": "0"})  # noqa: S603 - our own words
    return True


def interpreter(python: str) -> str | None:
    """This machine's Python of that version; None if it has none that runs."""
    if python == f"{sys.version_info.major}.{sys.version_info.minor}":
        return sys.executable
    found = os.environ.get(f"PYTHON_{python.replace('.', '_')}") or shutil.which(f"python{python}")
    if found is None or subprocess.run([found, "-c", ""], check=False, capture_output=True).returncode:  # noqa: S603 - likewise
        return None
    return found


def write_zip(folder: Path, archive: Path) -> None:
    """The same bytes for the same content: a zip that has not changed deploys nothing."""
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as packed:
        for path in sorted(path for path in folder.rglob("*") if path.is_file()):
            entry = zipfile.ZipInfo(path.relative_to(folder).as_posix(), OLDEST_DATE_OF_ZIP)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o644 << 16
            packed.writestr(entry, path.read_bytes())


def build(architecture: str, python: str) -> Path:
    """The zip of one architecture."""
    folder = TARGET / architecture
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    install_requirements(folder, architecture, python)
    lay_out_our_code(folder)
    if not compile_bytecode(folder, python):
        print(
            f"python{python} is not there: without byte-code each cold start compiles everything", file=sys.stderr
        )
    archive = TARGET / f"campaign-orchestrator-{architecture}.zip"
    write_zip(folder, archive)
    return archive


def main() -> int:
    """Build everything, and tell how large it is."""
    parser = argparse.ArgumentParser(description="Builds the zips and the template that are deployed.")
    parser.add_argument("--architecture", action="append", choices=sorted(PLATFORMS), help="both without this")
    parser.add_argument("--python", default="3.13", help="the version of the template's parameter Runtime")
    asked = parser.parse_args()
    TARGET.mkdir(exist_ok=True)
    for architecture in asked.architecture or sorted(PLATFORMS):
        archive = build(architecture, asked.python)
        with zipfile.ZipFile(archive) as packed:
            unzipped = sum(entry.file_size for entry in packed.infolist())
        if unzipped > MOST_UNZIPPED_BYTES:
            sys.exit(f"{archive.name} has {unzipped} bytes unzipped; Lambda takes {MOST_UNZIPPED_BYTES}")
        digest = hashlib.sha256(archive.read_bytes()).hexdigest()
        megabytes = f"{archive.stat().st_size / 1e6:.1f} MB, {unzipped / 1e6:.1f} MB unzipped"
        print(f"{archive.relative_to(ROOT)}: {megabytes}, sha256 {digest}")
    template = TARGET / "template.json"
    template.write_text(self_contained_template())
    print(f"{template.relative_to(ROOT)}: {template.stat().st_size / 1e3:.0f} kB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
