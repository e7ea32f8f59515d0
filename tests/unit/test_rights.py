"""README names each right that the code uses on AWS, and no other."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
PREFIXES = {
    "invoke": "lambda:InvokeFunction",
    "put_events": "events:PutEvents",
    "get_secret_value": "secretsmanager:GetSecretValue",
}


OF_A_PERSON = {"account_facts.py"}
"""What doctor asks, with the rights of whoever calls it."""


def rights_used() -> set[str]:
    adapters = (ROOT / "src" / "orchestrator_adapters" / "aws").glob("*.py")
    texts = [file.read_text() for file in adapters if file.name not in OF_A_PERSON]
    calls = {call for text in texts for call in re.findall(r"(?:client|calls)\.get\(\)\.(\w+)\(", text)}
    return {PREFIXES.get(call, "states:" + call.title().replace("_", "")) for call in calls}


def test_the_rights_in_the_readme_are_those_that_are_used() -> None:
    section = (ROOT / "README.md").read_text().split("## Rights on AWS")[1].split("##")[0]
    named = set(re.findall(r"`((?:states|lambda|events|secretsmanager):\w+)`", section))
    assert named == rights_used()
    assert len(named) == 8
