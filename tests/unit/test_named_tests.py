"""What the documents promise is shown by tests that exist."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FAULTS, GUARANTEES = ROOT / "docs" / "faults.md", ROOT / "docs" / "guarantees.md"
NAMED = re.compile(r"`([\w/]+\.py)(?:::(\w+))?`")
HOW_MANY_FAULTS = 68


@cache
def functions_in(path: Path) -> frozenset[str]:
    tree = ast.parse(path.read_text())
    return frozenset(node.name for node in tree.body if isinstance(node, ast.FunctionDef))


def fault_rows() -> list[tuple[int, str]]:
    """The number of each fault, and the last cell of its row."""
    found = []
    for line in FAULTS.read_text().splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if re.fullmatch(r"F\d+", cells[0]):
            found.append((int(cells[0][1:]), cells[-1]))
    return found


def missing(text: str) -> list[str]:
    """The tests that ``text`` names and that do not exist; a file may be named by its name alone."""
    gone = []
    for path, test in NAMED.findall(text):
        files = [ROOT / "tests" / path] if "/" in path else list((ROOT / "tests").rglob(path))
        if not any(file.exists() and (not test or test in functions_in(file)) for file in files):
            gone.append(f"{path}::{test}")
    return gone


def test_every_fault_has_one_row_in_order() -> None:
    assert [number for number, _ in fault_rows()] == list(range(1, HOW_MANY_FAULTS + 1))


@pytest.mark.parametrize(("number", "shown_by"), fault_rows())
def test_a_fault_has_tests_that_exist_or_a_reason(number: int, shown_by: str) -> None:
    assert missing(shown_by) == []
    is_a_reason = shown_by.startswith("Reason: ") and len(shown_by) > 60
    assert bool(NAMED.findall(shown_by)) != is_a_reason, f"F{number}"


def test_every_guarantee_names_tests_that_exist() -> None:
    rows = [line for line in GUARANTEES.read_text().splitlines() if line.startswith("| ")][1:]
    assert len(rows) > 10
    for row in rows:
        assert NAMED.findall(row.rsplit("|", 2)[1]), row
        assert missing(row) == [], row


@pytest.mark.parametrize(
    "text", ["`contract/test_admit.py::test_that_was_never_written`", "`nowhere/test_nothing.py`", "`test_no.py`"]
)
def test_a_test_that_is_not_there_is_noticed(text: str) -> None:
    assert missing(text)
