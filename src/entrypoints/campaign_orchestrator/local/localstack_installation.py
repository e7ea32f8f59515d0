"""LocalStack's own environment: its packages do not go with ours, so it has an interpreter of its own."""

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path

REQUIREMENTS = "localstack_requirements.txt"
EXECUTOR = "process_executor"
EXECUTOR_PACKAGE = "orchestrator_process_executor"
ENTRY_POINT = "[localstack.lambda.runtime_executor]\nprocess = {package}.plugin:ProcessRuntimeExecutorPlugin\n"
METADATA = "Metadata-Version: 2.1\nName: orchestrator-process-executor\nVersion: 1\n"


def installation_folder() -> Path:
    """``ORCHESTRATOR_LOCALSTACK_HOME``, or a folder of the user's cache, named by what is to be installed."""
    chosen = os.environ.get("ORCHESTRATOR_LOCALSTACK_HOME")
    if chosen:
        return Path(chosen)
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return cache / "campaign-orchestrator" / f"localstack-{_fingerprint()[:12]}"


def localstack_python(say: Callable[[str], None] = lambda _: None) -> Path:
    """The interpreter that has LocalStack; installs it first where it is missing. Safe for several at once."""
    folder = installation_folder()
    folder.mkdir(parents=True, exist_ok=True)
    marker, python = folder / ".installed", folder / "environment" / "bin" / "python"
    with (folder / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not marker.exists() or marker.read_text() != _fingerprint():
            say("Installing LocalStack into an environment of its own (once)")
            marker.unlink(missing_ok=True)
            _install(folder / "environment", python)
            marker.write_text(_fingerprint())
    return python


def _install(environment: Path, python: Path) -> None:
    shutil.rmtree(environment, ignore_errors=True)
    requirements = Path(str(files(__package__) / REQUIREMENTS))
    subprocess.run([sys.executable, "-m", "venv", str(environment)], check=True)
    uv = Path(sys.executable).parent / "uv"
    installer = [str(uv), "pip", "install", "--python"] if uv.exists() else [str(python), "-m", "pip", "install"]
    target = [str(python)] if uv.exists() else []
    subprocess.run([*installer, *target, "--quiet", "--require-hashes", "-r", str(requirements)], check=True)
    _install_executor(python)


def _install_executor(python: Path) -> None:
    """Copy the process executor and declare its entry point; a package of one file needs no installer."""
    asked = "import sysconfig; print(sysconfig.get_path('purelib'))"
    answer = subprocess.run([str(python), "-c", asked], check=True, capture_output=True, text=True)
    packages = Path(answer.stdout.strip())
    shutil.copytree(str(files(__package__) / EXECUTOR), packages / EXECUTOR_PACKAGE, dirs_exist_ok=True)
    metadata = packages / f"{EXECUTOR_PACKAGE}-1.dist-info"
    metadata.mkdir(exist_ok=True)
    (metadata / "METADATA").write_text(METADATA)
    (metadata / "entry_points.txt").write_text(ENTRY_POINT.format(package=EXECUTOR_PACKAGE))


def _fingerprint() -> str:
    digest = hashlib.sha256(f"{sys.version_info[:2]}".encode())
    sources = sorted((files(__package__) / EXECUTOR).iterdir(), key=lambda entry: entry.name)
    for entry in [files(__package__) / REQUIREMENTS, *sources]:
        if entry.is_file():
            digest.update(entry.read_bytes())
    return digest.hexdigest()


if __name__ == "__main__":
    localstack_python(print)
