"""What a first start loads: counted, which no machine's speed can blur."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from harming.ground import Ground

PROGRAM = Path(__file__).with_name("first_start.py")
REQUIREMENTS = Path(__file__).parents[3] / "requirements" / "lambda.txt"
OURS = ("orchestrator_domain", "orchestrator_adapters", "campaign_orchestrator")
MOST_OF_OURS = 118
"""Modules of ours. Whoever needs more of them makes every cold start slower, and shall say why."""
MOST_OF_ALL = 450
NEVER = (
    "aws_xray_sdk",
    "redis",
    "boto3",
    "botocore",
    "urllib3",
    "http.client",
    "s3transfer",
    "typer",
    "rich",
    "prometheus_client",
    "campaign_orchestrator.local",
    "campaign_orchestrator.command_line",
    "campaign_orchestrator.doctor",
    "orchestrator_adapters.prometheus",
    "orchestrator_adapters.wire.status_responses",
    "orchestrator_adapters.wire.upkeep_responses",
    "orchestrator_domain.use_cases.reconcile",
    "orchestrator_domain.use_cases.halt_campaign",
    "orchestrator_domain.use_cases.status",
)


def first_answer(ground: Ground, event: dict[str, Any], cache: Path) -> dict[str, Any]:
    """What a new process tells of its first answer, with byte-code from ``cache`` and nowhere else."""
    done = subprocess.run(
        [sys.executable, str(PROGRAM), str(REQUIREMENTS), json.dumps(event)],
        env={**os.environ, **ground.variables(), "PYTHONPYCACHEPREFIX": str(cache), "PYTHONDONTWRITEBYTECODE": ""},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    told: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    assert told["answer"]["success"], told["answer"]
    return told


@pytest.mark.parametrize(
    ("campaign_type", "client", "other"),
    [("sms", "lambda", "step_functions_dispatcher"), ("voice", "stepfunctions", "lambda_dispatcher")],
)
def test_a_first_start_loads_what_it_needs(
    ground: Ground, tmp_path: Path, campaign_type: str, client: str, other: str
) -> None:
    starts = [{"action": "start", "campaignId": ground.put_campaign(campaign_type)} for _ in range(2)]
    first, second = (first_answer(ground, event, tmp_path) for event in starts)
    assert first["compiled"] != []
    assert second["compiled"] == []
    assert second["clients"] == [client]
    modules = second["modules"]
    forbidden = [name for name in modules if name.startswith((*NEVER, f"orchestrator_adapters.aws.{other}"))]
    assert forbidden == []
    ours = [name for name in modules if name.startswith(OURS)]
    assert len(ours) <= MOST_OF_OURS
    assert len(modules) <= MOST_OF_ALL
