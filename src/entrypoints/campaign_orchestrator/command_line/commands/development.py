"""dev: a whole orchestrator on this machine, with real servers."""

import os
import shlex
import sys
from collections.abc import Mapping
from contextlib import redirect_stdout
from typing import Annotated

import typer
from rich.console import RenderableType
from rich.text import Text

from campaign_orchestrator.command_line.exit_codes import ExitCode
from campaign_orchestrator.command_line.failures import CommandFailed
from campaign_orchestrator.command_line.screen import Answer
from campaign_orchestrator.command_line.session import Session
from campaign_orchestrator.command_line.waiting import waiting
from campaign_orchestrator.local.kept_environment import KeptEnvironment, folder_of_the_user
from campaign_orchestrator.local.server_process import ServerDidNotStart

NOT_UP = "not_up"
HOW_TO_USE = 'It is up, with campaigns to play with. Use it with: eval "$(campaign-orchestrator dev env)"'


def up(session: Session) -> ExitCode:
    """Start PostgreSQL, Valkey and LocalStack with the orchestrator in it, and leave them running.

    No Docker and no AWS account are needed; the first time LocalStack is installed. Starting it twice does nothing.

    Examples:

      campaign-orchestrator dev up

      eval "$(campaign-orchestrator dev env)"

      campaign-orchestrator start campaign_123
    """
    try:
        with waiting(session.screen.errors, "Starting") as shown:
            variables = KeptEnvironment(folder_of_the_user()).up(shown.say)
    except ServerDidNotStart as failed:
        raise CommandFailed("did_not_start", str(failed)) from None
    return session.screen.show({"success": True, "variables": dict(variables)}, lambda _: HOW_TO_USE)


def down(session: Session) -> ExitCode:
    """End what dev up has started, and remove everything that it has written.

    Examples:

      campaign-orchestrator dev down
    """
    try:
        with waiting(session.screen.errors, "Ending"):
            was_up = KeptEnvironment(folder_of_the_user()).down()
    except TimeoutError as failed:
        raise CommandFailed("did_not_end", str(failed), retryable=True) from None
    words = "It is down." if was_up else "It was not up."
    return session.screen.show({"success": True, "wasUp": was_up}, lambda _: words)


def env(session: Session) -> ExitCode:
    """Print the environment variables of what dev up has started, for a shell.

    Examples:

      eval "$(campaign-orchestrator dev env)"
    """
    variables = KeptEnvironment(folder_of_the_user()).variables()
    if variables is None:
        raise CommandFailed(NOT_UP, "it is not up; start it with: campaign-orchestrator dev up")
    return session.screen.show({"success": True, "variables": dict(variables)}, _exports)


def demo(
    session: Session,
    keep: Annotated[bool, typer.Option("--keep", help="Leave it running at the end, until Ctrl-C.")] = False,
) -> ExitCode:
    """Play the main job on real servers of this machine, from the first start to the last slot freed.

    Ends by itself after less than a minute, and leaves nothing behind.

    Examples:

      campaign-orchestrator dev demo

      campaign-orchestrator dev demo --keep
    """
    from campaign_orchestrator.local.demo import main

    if keep:
        os.environ["KEEP"] = "1"
    if not session.screen.as_json:
        return ExitCode.FAULT if main() else ExitCode.DONE
    with redirect_stdout(sys.stderr):
        is_as_promised = not main()
    session.screen.show_json({"success": is_as_promised})
    return ExitCode.DONE if is_as_promised else ExitCode.FAULT


def _exports(answer: Answer) -> RenderableType:
    variables: Mapping[str, str] = answer["variables"]
    return Text("\n".join(f"export {name}={shlex.quote(value)}" for name, value in variables.items()))
