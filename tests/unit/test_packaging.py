"""The built wheel, in environments that have little else."""

import os
import subprocess
import sys
import sysconfig
import zipfile
from collections.abc import Sequence
from pathlib import Path

import pytest
from test_architecture import SHIPPED

ROOT = Path(__file__).parents[2]
PACKAGES = Path(sysconfig.get_paths()["purelib"])


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder), str(ROOT)]
    subprocess.run(command, check=True, capture_output=True)
    (built,) = folder.glob("*.whl")
    return built


def bare(folder: Path, wheel: Path, installed: Sequence[str], *, only: str = "") -> Path:
    """A folder of packages that holds the wheel (or one package of it) and a few that are installed here."""
    with zipfile.ZipFile(wheel) as packed:
        packed.extractall(folder, [name for name in packed.namelist() if name.startswith(only)])
    for name in installed:
        for path in PACKAGES.glob(name):
            (folder / path.name).symlink_to(path)
    return folder


def run(packages: Path, *arguments: str) -> str:
    """Run Python with these packages and no others."""
    environment = {"PYTHONPATH": str(packages), "PATH": os.environ["PATH"], "PYTHONDONTWRITEBYTECODE": "1"}
    command = [sys.executable, "-S", *arguments]
    answer = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, cwd=packages)
    assert answer.returncode == 0, answer.stdout + answer.stderr
    return answer.stdout


BASE = ["attr", "attrs", "cattr", "cattrs", "typing_extensions.py"]
TESTING = ["py.py", "pytest", "_pytest", "pluggy", "iniconfig", "packaging", "pygments"]


def test_the_wheel_ships_its_data_and_no_entrypoints_package(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    assert set(SHIPPED) <= names
    tops = {name.split("/")[0] for name in names}
    assert {name for name in tops if not name.endswith(".dist-info")} == {
        "campaign_orchestrator",
        "orchestrator_adapters",
        "orchestrator_domain",
    }


def test_the_domain_alone_imports_and_passes_its_tests(wheel: Path, tmp_path: Path) -> None:
    packages = bare(tmp_path, wheel, [*BASE, *TESTING], only="orchestrator_domain/")
    modules = [
        "orchestrator_domain." + ".".join(path.relative_to(ROOT / "src/orchestrator_domain").with_suffix("").parts)
        for path in (ROOT / "src/orchestrator_domain").rglob("*.py")
        if path.stem != "__init__"
    ]
    run(packages, "-c", ";".join(f"import {module}" for module in modules))
    tests = str(ROOT / "tests/unit/domain")
    options = ["-p", "no:cacheprovider", "--noconftest", "-c", os.devnull, "--rootdir", str(tmp_path), "-q"]
    said = run(packages, "-m", "pytest", *options, tests)
    assert " passed" in said


def test_the_base_installation_runs_campaigns_in_memory(wheel: Path, tmp_path: Path) -> None:
    packages = bare(tmp_path, wheel, BASE)
    program = """
from orchestrator_adapters.memory import (campaign_repository, campaign_store, clock, deadline, dispatcher,
    event_publisher, pool_control, run_claims, run_ids, slot_ledger)
from orchestrator_adapters.wire import late_signals, requests, responses, status_responses
print("imported")
"""
    assert run(packages, "-c", program).strip() == "imported"


def test_the_public_package_called_entrypoints_is_not_shadowed(wheel: Path, tmp_path: Path) -> None:
    packages = bare(tmp_path, wheel, [*BASE, "entrypoints.py"])
    program = "import campaign_orchestrator, entrypoints; print(entrypoints.get_group_all)"
    assert "get_group_all" in run(packages, "-c", program)
    # Nor by the checkout, which is installed beside it here.
    answer = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert "get_group_all" in answer.stdout
