"""LocalStack's own environment, here with no packages in it."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from campaign_orchestrator.local import localstack_installation
from campaign_orchestrator.local.localstack_installation import EXECUTOR, localstack_python
from serving.living_processes import running_program

PROGRAM = """
from pathlib import Path
from campaign_orchestrator.local import localstack_installation
localstack_installation.REQUIREMENTS = Path({requirements!r})
localstack_installation.localstack_python(print)
print("done")
"""
ENTRY_POINTS = """
import importlib.metadata, json
found = importlib.metadata.entry_points(group="localstack.lambda.runtime_executor")
print(json.dumps([entry.value for entry in found]))
"""


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An installation folder of the test's own, and no requirements."""
    (tmp_path / "requirements.txt").write_text("")
    monkeypatch.setenv("ORCHESTRATOR_LOCALSTACK_HOME", str(tmp_path / "home"))
    monkeypatch.setattr(localstack_installation, "REQUIREMENTS", tmp_path / "requirements.txt")
    return tmp_path / "home"


def test_it_is_installed_once_with_our_executor(home: Path) -> None:
    said: list[str] = []
    python = localstack_python(said.append)
    assert localstack_python(said.append) == python == home / "environment" / "bin" / "python"
    assert len(said) == 1
    answer = subprocess.run([python, "-c", ENTRY_POINTS], check=True, capture_output=True, text=True)
    assert json.loads(answer.stdout) == ["orchestrator_process_executor.plugin:ProcessRuntimeExecutorPlugin"]


def test_two_processes_at_once_install_it_once(tmp_path: Path) -> None:
    program = PROGRAM.format(requirements=str(tmp_path / "requirements.txt"))
    with running_program(program, tmp_path) as one, running_program(program, tmp_path) as other:
        said = one.communicate()[0].splitlines() + other.communicate()[0].splitlines()
    assert said.count("done") == 2
    assert len([line for line in said if line.startswith("Installing")]) == 1


def test_a_new_executor_is_copied_and_the_environment_stays(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    python = localstack_python()
    (home / "environment" / "in-use").touch()
    changed = shutil.copytree(EXECUTOR, tmp_path / "executor", ignore=shutil.ignore_patterns("__pycache__"))
    (changed / "outcome.py").write_text("CHANGED = True\n")
    monkeypatch.setattr(localstack_installation, "EXECUTOR", changed)
    localstack_python()
    program = "import orchestrator_process_executor.outcome as it; print(it.CHANGED)"
    answer = subprocess.run([python, "-c", program], check=True, capture_output=True, text=True)
    assert answer.stdout == "True\n"
    assert (home / "environment" / "in-use").exists()


def test_new_requirements_make_a_new_environment(home: Path, tmp_path: Path) -> None:
    localstack_python()
    (home / "environment" / "of-before").touch()
    (tmp_path / "requirements.txt").write_text("# something else\n")
    localstack_python()
    assert not (home / "environment" / "of-before").exists()


def test_an_installation_that_fails_says_why_and_is_tried_again(tmp_path: Path) -> None:
    (tmp_path / "requirements.txt").write_text("no requirement at all\n")
    for _ in range(2):
        with pytest.raises(RuntimeError, match=r"could not be installed: uv said:(.|\n)*no requirement"):
            localstack_python()


def test_a_python_on_which_it_does_not_run_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(localstack_installation, "NEWEST", (3, 10))
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    with pytest.raises(RuntimeError, match=f"3.11 to 3.13, and this is {version}"):
        localstack_python()


def test_without_a_chosen_folder_it_is_in_the_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ORCHESTRATOR_LOCALSTACK_HOME")
    monkeypatch.setenv("XDG_CACHE_HOME", os.fspath(tmp_path))
    folder = localstack_installation.installation_folder()
    assert folder.parent == tmp_path / "campaign-orchestrator"
    (tmp_path / "requirements.txt").write_text("# something else\n")
    assert localstack_installation.installation_folder() != folder
