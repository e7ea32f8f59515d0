"""The threat model names, for each threat, what prevents it and tests that exist."""

import re
import tomllib

import pytest
from test_named_tests import NAMED, missing

from pinned_requirements import ROOT

THREATS = ROOT / "docs/security.md"
LINTED = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["ruff"]["lint"]


def rows() -> list[list[str]]:
    lines = [line for line in THREATS.read_text().splitlines() if re.match(r"\| T\d+ \|", line)]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def test_every_threat_has_one_row_in_order() -> None:
    assert [row[0] for row in rows()] == [f"T{number}" for number in range(1, len(rows()) + 1)]
    assert len(rows()) >= 26, "a threat does not go away"


@pytest.mark.parametrize("row", rows(), ids=lambda row: row[0])
def test_a_threat_has_a_protection_and_tests_that_exist(row: list[str]) -> None:
    _, threat, protection, shown_by = row
    assert threat
    assert protection
    assert NAMED.findall(shown_by)
    assert missing(shown_by) == []


def test_the_linter_s_security_rules_are_on() -> None:
    """ruff's S is bandit; what is deployed has no exception but those beside a line, with a reason."""
    assert "S" in LINTED["select"]
    assert not [rule for rule in LINTED["ignore"] if rule.startswith("S")]
    rules_of = LINTED["per-file-ignores"]
    exempt = {path for path, rules in rules_of.items() if any(re.match(r"S\d|S$", rule) for rule in rules)}
    assert exempt == {"tests/**", "src/entrypoints/campaign_orchestrator/local/**"}


@pytest.mark.parametrize("folder", ["src", "examples", "deploy"])
def test_a_silenced_security_rule_has_its_reason(folder: str) -> None:
    silenced = [
        f"{path.name}: {line.strip()}"
        for path in (ROOT / folder).rglob("*.py")
        for line in path.read_text().splitlines()
        if re.search(r"# noqa: [A-Z0-9, ]*\bS\d{3}", line) or re.search(r"# noqa\s*$", line)
    ]
    assert [line for line in silenced if not re.search(r"# noqa: [A-Z0-9, ]+ - \S.{5,}", line)] == []


def test_a_report_has_a_way_that_is_private() -> None:
    text = (ROOT / "SECURITY.md").read_text()
    assert "private vulnerability report" in text
    assert "## Supported versions" in text
    assert "@" not in text, "no address that nobody reads"
