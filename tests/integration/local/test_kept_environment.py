"""The local environment that stays up: dev up, env, down."""

import os
import shlex
from pathlib import Path

from serving.command_line import CommandLine
from serving.living_processes import gone


def test_it_is_up_until_it_is_told_to_end(tmp_path: Path) -> None:
    home = CommandLine({"ORCHESTRATOR_DEV_HOME": str(tmp_path / "dev")})
    assert home.answered("dev", "env", exit_code=1)["errorCode"] == "not_up"
    assert home.answered("dev", "down") == {"success": True, "wasUp": False}
    variables = home.answered("dev", "up")["variables"]
    keeper = int((tmp_path / "dev" / "keeper").read_text())
    try:
        assert home.answered("dev", "up")["variables"] == variables
        exports = (shlex.split(line)[1].partition("=") for line in home.printed("dev", "env").splitlines())
        assert {name: value for name, _, value in exports} == variables
        assert os.stat(tmp_path / "dev" / "variables.json").st_mode & 0o077 == 0
        campaign = CommandLine(variables).answered("start", "campaign_456")
        assert campaign["campaignType"] == "sms"
        function = CommandLine(variables, ("--function", "campaign-orchestrator"))
        assert function.answered("show", "campaign_456")["status"] == "active"
    finally:
        assert home.answered("dev", "down") == {"success": True, "wasUp": True}
    assert gone(keeper)
    assert sorted(path.name for path in (tmp_path / "dev").iterdir()) == ["keeper", "log"]
    assert home.answered("dev", "env", exit_code=1)["errorCode"] == "not_up"
