"""What is said of mutants that survive is said of code that is there."""

import tomllib
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
EXPLAINED = tomllib.loads((ROOT / "tests/mutation/explained.toml").read_text())["survivor"]


@pytest.mark.parametrize("entry", EXPLAINED, ids=lambda entry: str(entry["function"]))
def test_the_line_is_in_its_module_and_has_a_reason(entry: dict[str, Any]) -> None:
    module = ROOT / "src" / (entry["function"].rpartition(".")[0].replace(".", "/") + ".py")
    lines = {line.strip() for line in module.read_text().splitlines()}
    assert set(entry["before"].splitlines()) <= lines
    assert entry["why"]
