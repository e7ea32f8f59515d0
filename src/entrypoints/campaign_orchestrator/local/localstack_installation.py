"""LocalStack's own environment: its packages do not go with ours, so it has an interpreter of its own."""

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.resources import files
from pathlib import Path

FOLDER_OF_OURS = Path(str(files(__package__)))
REQUIREMENTS = FOLDER_OF_OURS / "localstack_requirements.txt"
EXECUTOR = FOLDER_OF_OURS / "process_executor"
EXECUTOR_PACKAGE = "orchestrator_process_executor"
ENTRY_POINT = (
    f"[localstack.lambda.runtime_executor]\nprocess = {EXECUTOR_PACKAGE}.plugin:ProcessRuntimeExecutorPlugin\n"
)
METADATA = "Metadata-Version: 2.1\nName: orchestrator-process-executor\nVersion: 1\n"
INSTALLED, EXECUTOR_INSTALLED = ".installed", ".executor-installed"
OLDEST, NEWEST = (3, 11), (3, 13)


def installation_folder() -> Path:
    """``ORCHESTRATOR_LOCALSTACK_HOME``, or a folder of the user's cache, named by what is to be installed."""
    chosen = os.environ.get("ORCHESTRATOR_LOCALSTACK_HOME")
    if chosen:
        return Path(chosen)
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return cache / "campaign-orchestrator" / f"localstack-{_fingerprint(REQUIREMENTS, *_executor_files())[:12]}"


def localstack_python(say: Callable[[str], None] = lambda _: None) -> Path:
    """The interpreter that has LocalStack; installs it first where it is missing. Safe for several at once.

    Raises:
        RuntimeError: it cannot run on this version of Python, or its packages could not be installed.
    """
    folder = installation_folder()
    python = folder / "environment" / "bin" / "python"
    with _locked(folder):
        if not _is_marked(folder / INSTALLED, wanted := _fingerprint(REQUIREMENTS)):
            say("Installing LocalStack into an environment of its own (once)")
            (folder / INSTALLED).unlink(missing_ok=True)
            (folder / EXECUTOR_INSTALLED).unlink(missing_ok=True)
            _install(folder / "environment", python)
            (folder / INSTALLED).write_text(wanted)
        # Apart from its packages: a change of ours must not rebuild an environment that others may be using.
        if not _is_marked(folder / EXECUTOR_INSTALLED, wanted := _fingerprint(*_executor_files())):
            _install_executor(python)
            (folder / EXECUTOR_INSTALLED).write_text(wanted)
    return python


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _is_marked(marker: Path, wanted: str) -> bool:
    return marker.exists() and marker.read_text() == wanted


def _install(environment: Path, python: Path) -> None:
    if not OLDEST <= sys.version_info[:2] <= NEWEST:
        raise RuntimeError(f"LocalStack 4.9.2 runs on Python 3.11 to 3.13, and this is {sys.version.split()[0]}")
    shutil.rmtree(environment, ignore_errors=True)
    uv = Path(sys.executable).with_name("uv")
    if uv.exists():
        _run(sys.executable, "-m", "venv", "--without-pip", environment)
        _run(uv, "pip", "install", "--python", python, "--quiet", "--require-hashes", "-r", REQUIREMENTS)
    else:
        _run(sys.executable, "-m", "venv", environment)
        _run(python, "-m", "pip", "install", "--quiet", "--require-hashes", "-r", REQUIREMENTS)


def _install_executor(python: Path) -> None:
    """Copy the process executor and declare its entry point; plain Python needs no installer and no network."""
    asked = "import sysconfig; print(sysconfig.get_path('purelib'))"
    packages = Path(_run(python, "-c", asked).strip())
    (packages / EXECUTOR_PACKAGE).mkdir(exist_ok=True)
    for source in _executor_files():
        shutil.copyfile(source, packages / EXECUTOR_PACKAGE / source.name)
    metadata = packages / f"{EXECUTOR_PACKAGE}-1.dist-info"
    metadata.mkdir(exist_ok=True)
    (metadata / "METADATA").write_text(METADATA)
    (metadata / "entry_points.txt").write_text(ENTRY_POINT)


def _run(*command: str | Path) -> str:
    answer = subprocess.run([str(part) for part in command], check=False, capture_output=True, text=True)
    if answer.returncode != 0:
        said = f"{answer.stdout}{answer.stderr}".strip()[-2_000:]
        raise RuntimeError(f"LocalStack could not be installed: {Path(command[0]).name} said:\n{said}")
    return answer.stdout


def _executor_files() -> list[Path]:
    return sorted(EXECUTOR.glob("*.py"))


def _fingerprint(*sources: Path) -> str:
    digest = hashlib.sha256(f"{sys.version_info[:2]}".encode())
    for source in sources:
        digest.update(source.name.encode() + source.read_bytes())
    return digest.hexdigest()


if __name__ == "__main__":
    localstack_python(print)
