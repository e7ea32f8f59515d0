"""The command line, as a person runs it."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from orchestrator_adapters.postgres.settings import PostgresSettings
from serving import direct_sql
from serving.deployed import Deployed

PROGRAM = str(Path(sys.executable).parent / "campaign-orchestrator")


def run(variables: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {"PATH": os.environ["PATH"], **variables}
    command = [PROGRAM, *arguments]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


def answered(variables: dict[str, str], *arguments: str, exit_code: int = 0) -> dict[str, Any]:
    done = run(variables, *arguments)
    assert done.returncode == exit_code, done.stderr
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def test_a_campaign_from_start_to_stop(campaigns: Deployed) -> None:
    variables = campaigns.variables(VOICE_CAMPAIGN_STATE_MACHINE_ARN=campaigns.waiting_machine_arn)
    campaign = campaigns.put_campaign("voice")
    first = answered(variables, "start", campaign, "--key", "k")
    assert answered(variables, "start", campaign, "--key", "k") == first
    refused = answered(variables, "start", campaign, exit_code=1)
    assert refused["errorCode"] == "invalid_state"
    assert answered(variables, "pause", campaign)["success"]
    assert answered(variables, "resume", campaign)["runNumber"] == 2
    assert answered(variables, "status")["pools"]["voice"]["activeCampaignIds"] == [campaign]
    several = answered(variables, "status", campaign, "nobody")["campaigns"]
    assert (several[campaign]["status"], several["nobody"]["success"]) == ("active", False)
    assert answered(variables, "reconcile", "--dry-run")["dryRun"] is True
    assert answered(variables, "reconcile")["pools"]["voice"]["lookedAt"] == 1
    assert answered(variables, "stop", campaign)["success"]
    kinds = [entry["kind"] for entry in answered(variables, "history", campaign)["history"]]
    assert (kinds[0], kinds[-1]) == ("start_admitted", "run_ended")


def test_migrate_is_one_command_that_may_be_repeated(campaigns: Deployed, empty_database: PostgresSettings) -> None:
    variables = campaigns.variables(DB_NAME=empty_database.dbname)
    assert "migrations/0001_tables.sql" in answered(variables, "migrate")["applied"]
    assert answered(variables, "migrate")["applied"] == []
    with direct_sql.connect(empty_database, autocommit=False) as connection:
        assert connection.execute("SELECT count(*) FROM campaigns").fetchone() == (0,)


def test_a_wrong_environment_names_every_variable(campaigns: Deployed) -> None:
    done = run(campaigns.variables(DB_PORT="x", DB_HOST=""), "status")
    assert done.returncode == 2
    assert done.stderr.splitlines() == [
        "DB_HOST must be set",
        "DB_PORT must be a whole number from 1 to 65535, not 'x'",
    ]


def test_wrong_use_is_told(campaigns: Deployed) -> None:
    assert run(campaigns.variables(), "explode").returncode == 2
