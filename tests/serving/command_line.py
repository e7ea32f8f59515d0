"""The command line, as a person runs it, in this process or as a program."""

import io
import json
import os
import pty
import subprocess
import sys
from collections.abc import Mapping
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any
from unittest.mock import patch

from attrs import frozen

from campaign_orchestrator.command_line import main

PROGRAM = str(Path(sys.executable).parent / "campaign-orchestrator")
KEPT = ("PATH", "ORCHESTRATOR_LOCALSTACK_HOME", "TMPDIR")


@frozen
class Done:
    """A command that has ended."""

    exit_code: int
    output: str
    errors: str


@frozen
class CommandLine:
    """``variables``: the program's environment. ``options``: added to every command."""

    variables: Mapping[str, str]
    options: tuple[str, ...] = ()

    def run(self, *arguments: str) -> Done:
        """Run one command without a terminal, in this process: a process of its own takes a second to begin."""
        output, errors = io.StringIO(), io.StringIO()
        with (
            patch.dict(os.environ, self._environment(), clear=True),
            patch.object(sys, "stdin", io.StringIO()),
            redirect_stdout(output),
            redirect_stderr(errors),
        ):
            try:
                main([*arguments, *self.options])
            except SystemExit as ended:
                return Done(int(ended.code or 0), output.getvalue(), errors.getvalue())
        raise AssertionError("a command ends with an exit code")

    def run_program(self, *arguments: str) -> Done:
        """Run one command without a terminal, as the installed program."""
        done = subprocess.run(
            [PROGRAM, *arguments, *self.options],
            env=self._environment(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        return Done(done.returncode, done.stdout, done.stderr)

    def run_on_terminal(self, *arguments: str, answer: str = "") -> Done:
        """Run one command, as the installed program, on a terminal where somebody types ``answer``."""
        ours, theirs = pty.openpty()
        command = [PROGRAM, *arguments, *self.options]
        environment = {**self._environment(), "TERM": "xterm", "COLUMNS": "120"}
        with subprocess.Popen(command, env=environment, stdin=theirs, stdout=theirs, stderr=theirs) as started:
            os.close(theirs)
            os.write(ours, answer.encode())
            shown = _all_of(ours)
        os.close(ours)
        return Done(started.returncode, shown, "")

    def answered(self, *arguments: str, exit_code: int = 0) -> dict[str, Any]:
        """The JSON that a command answers with; fails unless it ends with ``exit_code``."""
        done = self.run(*arguments, "--json")
        assert done.exit_code == exit_code, done.output + done.errors
        answer: dict[str, Any] = json.loads(done.output)
        return answer

    def printed(self, *arguments: str) -> str:
        """What a command that succeeds prints for a person."""
        done = self.run(*arguments)
        assert done.exit_code == 0, done.output + done.errors
        return done.output

    def _environment(self) -> dict[str, str]:
        return {**{name: os.environ[name] for name in KEPT if name in os.environ}, **self.variables}


def _all_of(terminal: int) -> str:
    """What is written to a terminal until nobody has it open any more."""
    shown = b""
    try:
        while part := os.read(terminal, 4096):
            shown += part
    except OSError:  # Linux' way to say so
        return shown.decode()
    return shown.decode()
