"""config: every setting, its source and its value."""

import os
from collections.abc import Mapping
from typing import Annotated, Final

import typer
from rich.console import Group, RenderableType
from rich.text import Text

from campaign_orchestrator.command_line.exit_codes import ExitCode
from campaign_orchestrator.command_line.failures import NotAsked
from campaign_orchestrator.command_line.plain_text import plain
from campaign_orchestrator.command_line.screen import Answer
from campaign_orchestrator.command_line.session import Session
from campaign_orchestrator.command_line.views.tables import table_of
from campaign_orchestrator.command_line.waiting import waiting
from campaign_orchestrator.settings_sources import settings_sources

STYLES: Final = {"default": "dim", "missing": "red", "wrong": "red"}


def config(
    session: Session,
    function: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            envvar="CAMPAIGN_ORCHESTRATOR_FUNCTION",
            help="The settings of the deployed function, in place of this environment's.",
        ),
    ] = None,
) -> ExitCode:
    """Show every setting, where it comes from, and its value. Secrets are hidden.

    Examples:

      campaign-orchestrator config

      campaign-orchestrator config --function campaign-orchestrator --json
    """
    with waiting(session.screen.errors, "Reading the settings"):
        sources = settings_sources(_variables_of(function) if function else os.environ)
    settings = [{"name": one.name, "value": one.value, "source": one.source} for one in sources.settings]
    answer = {"success": not sources.complaints, "settings": settings, "complaints": list(sources.complaints)}
    if session.screen.as_json:
        session.screen.show_json(answer)
    else:
        session.screen.output.print(_view(answer), soft_wrap=True)
    return ExitCode.DONE if answer["success"] else ExitCode.WRONG_USE


def _variables_of(function: str) -> Mapping[str, str]:
    from orchestrator_adapters.aws.account_facts import AwsCallFailed, function_facts
    from orchestrator_adapters.aws.clients import LazyClient
    from orchestrator_adapters.aws.function_invocation import waiting_client

    region, endpoint_url = os.environ.get("AWS_REGION") or None, os.environ.get("AWS_ENDPOINT_URL") or None
    client = LazyClient(lambda: waiting_client("lambda", region=region, endpoint_url=endpoint_url))
    try:
        return function_facts(client, function).variables
    except AwsCallFailed as failed:
        what = f"the function {function} cannot be looked at: {failed.code}"
        raise NotAsked(what, cause=failed.code) from None


def _view(answer: Answer) -> RenderableType:
    table = table_of("variable", "value", "source")
    for one in answer["settings"]:
        table.add_row(one["name"], plain(one["value"]), Text(one["source"], style=STYLES.get(one["source"], "")))
    return Group(table, *(Text(plain(complaint), style="red") for complaint in answer["complaints"]))
