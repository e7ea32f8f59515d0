"""The help teaches: every command has examples, and every example is right."""

import re
import shlex
from collections.abc import Iterator
from typing import Any

import pytest
import typer

from campaign_orchestrator.command_line.program import app
from serving.command_line import CommandLine

PROGRAM = "campaign-orchestrator"


def commands(group: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Every command by the words that lead to it."""
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from commands(command, (*path, name))
        else:
            yield (*path, name), command


ROOT: Any = typer.main.get_command(app)
COMMANDS = dict(commands(ROOT))


def examples(text: str) -> list[list[str]]:
    """The arguments of each command in ``text``, without what is around it in a shell."""
    found = []
    for line in text.splitlines():
        line = re.sub(r'^eval "\$\((.*)\)"$', r"\1", line.strip())
        if (begins := re.search(rf"(^|[A-Z]\S* ){PROGRAM} ", line)) is not None:
            found.append(shlex.split(line[begins.end() :].split(" | ")[0]))
    return found


def parse(arguments: list[str]) -> None:
    """Parse a command and do not run it; raises what a wrong one is told."""
    name, group, words = PROGRAM, ROOT, list(arguments)
    context = group.make_context(PROGRAM, [], resilient_parsing=True)
    while hasattr(group, "commands"):
        name, group, words = group.resolve_command(context, words)
    group.make_context(name, words)


@pytest.mark.parametrize("path", list(COMMANDS), ids=" ".join)
def test_every_command_has_examples_and_every_example_is_right(path: tuple[str, ...]) -> None:
    found = examples(COMMANDS[path].help)
    assert any(tuple(one[: len(path)]) == path for one in found)
    for one in found:
        parse(one)


def test_the_examples_of_the_program_are_right() -> None:
    assert len(examples(ROOT.help)) == 4
    for one in examples(ROOT.help):
        parse(one)


@pytest.mark.parametrize("wrong", [["status", "--wach"], ["start"], ["halt", "fax", "--reason", "x"]])
def test_a_wrong_example_would_be_noticed(wrong: list[str]) -> None:
    with pytest.raises(Exception, match=r"No such option|Missing parameter|is not one of"):
        parse(wrong)


def test_every_command_answers_with_json() -> None:
    for path, command in COMMANDS.items():
        assert any("--json" in one.opts for one in command.params), path


def test_a_shell_completes_commands() -> None:
    completing = {
        "_CAMPAIGN_ORCHESTRATOR_COMPLETE": "complete_bash",
        "COMP_WORDS": f"{PROGRAM} sta",
        "COMP_CWORD": "1",
    }
    assert CommandLine(completing).run_program().output.split() == ["start", "status"]
