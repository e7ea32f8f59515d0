"""Around a snapshot of the function, by the library that Lambda's Python has."""

import json
import os
import subprocess
import sys
from typing import Any

import pytest

PROGRAM = """
import json, random, sys
opened = []
sys.addaudithook(lambda name, _: opened.append(name) if name in ("socket.connect", "socket.getaddrinfo") else None)
import snapshot_restore_py
import campaign_orchestrator.lambda_handler
before, after = snapshot_restore_py.get_before_snapshot(), snapshot_restore_py.get_after_restore()
while before:
    hook, given, named = before.pop()
    hook(*given, **named)
drivers = [name for name in ("psycopg", "hiredis", "redis", "botocore") if name in sys.modules]
drawn = []
for _ in range(2 if after else 0):
    random.seed(1)
    for hook, given, named in after:
        hook(*given, **named)
    drawn.append(random.random())
print(json.dumps({"opened": opened, "drivers": drivers, "drawn": drawn, "hooks": len(after)}))
"""


def told(**environment: str) -> dict[str, Any]:
    variables = {name: value for name, value in os.environ.items() if not name.startswith(("DB_", "REDIS_"))}
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], env=variables | environment, capture_output=True, text=True, check=True
    )
    facts: dict[str, Any] = json.loads(done.stdout)
    return facts


@pytest.fixture(scope="module")
def with_snapshots() -> dict[str, Any]:
    return told(AWS_LAMBDA_INITIALIZATION_TYPE="snap-start")


def test_before_it_all_drivers_are_there_and_no_connection_is(with_snapshots: dict[str, Any]) -> None:
    assert with_snapshots["drivers"] == ["psycopg", "hiredis", "botocore"]
    assert with_snapshots["opened"] == []


def test_after_it_no_two_functions_draw_the_same(with_snapshots: dict[str, Any]) -> None:
    first, second = with_snapshots["drawn"]
    assert first != second


def test_without_snapshots_nothing_is_registered_and_nothing_loaded() -> None:
    facts = told(AWS_LAMBDA_INITIALIZATION_TYPE="on-demand")
    assert (facts["hooks"], facts["drivers"]) == (0, [])
