"""The function carries nothing of the command line, and the command line says what it needs."""

import os
import subprocess
import sys

from asking.orchestra import IN_MEMORY

ASKED = """
import sys
from campaign_orchestrator.lambda_handler import handler

class Context:
    aws_request_id = "request-1"
    def get_remaining_time_in_millis(self):
        return 20_000

assert handler({"action": "status"}, Context())["success"]
ours = ("campaign_orchestrator.command_line", "campaign_orchestrator.doctor")
print(sorted({name.split(".")[0] for name in sys.modules} & {"typer", "rich", "click", "shellingham"}))
print([name for name in sys.modules if name.startswith(ours)])
"""
WITHOUT_TYPER = """
import sys
sys.modules["typer"] = None
from campaign_orchestrator.command_line import main
main(["status"])
"""


def run(program: str) -> subprocess.CompletedProcess[str]:
    environment = {"PATH": os.environ["PATH"], **IN_MEMORY}
    command = [sys.executable, "-c", program]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


def test_an_invocation_imports_nothing_of_the_command_line() -> None:
    done = run(ASKED)
    # Before it comes the line that notes the decision.
    assert done.stdout.splitlines()[1:] == ["[]", "[]"], done.stderr


def test_without_its_packages_the_command_line_names_the_extra() -> None:
    done = run(WITHOUT_TYPER)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "the command line needs more packages: pip install 'campaign-orchestrator[cli]'\n"
