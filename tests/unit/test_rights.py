"""README names each right that the code uses on AWS, and no other."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
PREFIXES = {
    "invoke": "lambda:InvokeFunction",
    "put_events": "events:PutEvents",
    "get_secret_value": "secretsmanager:GetSecretValue",
}


def rights_used() -> set[str]:
    adapters = (ROOT / "src" / "orchestrator_adapters" / "aws").glob("*.py")
    calls = {call for file in adapters for call in re.findall(r"client\.get\(\)\.(\w+)\(", file.read_text())}
    return {PREFIXES.get(call, "states:" + call.title().replace("_", "")) for call in calls}


def test_the_rights_in_the_readme_are_those_that_are_used() -> None:
    section = (ROOT / "README.md").read_text().split("## Rights on AWS")[1].split("##")[0]
    named = set(re.findall(r"`((?:states|lambda|events|secretsmanager):\w+)`", section))
    assert named == rights_used()
    assert len(named) == 8
