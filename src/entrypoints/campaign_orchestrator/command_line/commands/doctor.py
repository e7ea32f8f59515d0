"""doctor: what is wrong, and what to do about it."""

from typing import Annotated, Any, Final

import typer
from rich.console import Group, RenderableType
from rich.text import Text

from campaign_orchestrator.command_line.exit_codes import ExitCode
from campaign_orchestrator.command_line.failures import WrongUse
from campaign_orchestrator.command_line.plain_text import plain
from campaign_orchestrator.command_line.screen import Answer
from campaign_orchestrator.command_line.session import Session
from campaign_orchestrator.command_line.targets.stores import settings_of_the_environment
from campaign_orchestrator.command_line.waiting import waiting
from campaign_orchestrator.container import build_container, close
from campaign_orchestrator.doctor.checks_of_installation import Installation
from campaign_orchestrator.doctor.examination import examine
from campaign_orchestrator.doctor.finding import Verdict
from orchestrator_domain.commands import require_campaign_id
from orchestrator_domain.errors import InvalidRequest

UNWELL: Final = "unwell"
SIGNS: Final = {
    "ok": ("✓", "green"),
    "warning": ("!", "yellow"),
    "problem": ("✗", "bold red"),
    "not_checked": ("?", "dim"),
}


def doctor(
    session: Session,
    campaigns: Annotated[
        list[str] | None, typer.Argument(metavar="[CAMPAIGN]...", help="Also tell why these do not start.")
    ] = None,
    function: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            envvar="CAMPAIGN_ORCHESTRATOR_FUNCTION",
            help="Also look at the deployed function and the rights of its role.",
        ),
    ] = None,
    strict: Annotated[bool, typer.Option("--strict", help="A warning counts as a problem.")] = False,
) -> ExitCode:
    """Tell what is wrong with an installation, and what to do about it.

    Looks at PostgreSQL, Redis, the state machine, the SMS dispatcher, the pools and the clocks, from where it runs
    and with the environment variables of the function. It starts nothing and changes nothing. Ends with 6 when it
    has found a problem.

    Examples:

      campaign-orchestrator doctor

      campaign-orchestrator doctor --function campaign-orchestrator --strict

      campaign-orchestrator doctor campaign_123

      campaign-orchestrator doctor --json | jq '.checks[] | select(.verdict != "ok")'
    """
    for campaign in campaigns or ():
        try:
            require_campaign_id(campaign, field="CAMPAIGN")
        except InvalidRequest as invalid:
            raise WrongUse(invalid.message) from None
    settings = settings_of_the_environment()
    container = build_container(settings)
    installation = Installation(settings, container, function=function, campaigns=campaigns or ())
    try:
        answer = _examined(session, installation, strict=strict)
    finally:
        installation.close()
        close(container)
    if session.screen.as_json:
        session.screen.show_json(answer)
    else:
        session.screen.output.print(_view(answer), soft_wrap=True)
    return ExitCode.DONE if answer["success"] else ExitCode.UNWELL


def _examined(session: Session, installation: Installation, *, strict: bool) -> dict[str, Any]:
    checks, found = installation.checks(), []
    with waiting(session.screen.errors, "Examining") as shown:
        for done, (check, finding) in enumerate(examine(checks), start=1):
            told = {"check": check.name, "verdict": finding.verdict.value, "what": finding.what}
            found.append(told if finding.to_do is None else {**told, "toDo": finding.to_do})
            shown.has_done(done, len(checks))
    wrong = {Verdict.PROBLEM, Verdict.WARNING} if strict else {Verdict.PROBLEM}
    is_well = not any(one["verdict"] in wrong for one in found)
    return {"success": is_well, **({} if is_well else {"errorCode": UNWELL}), "checks": found}


def _view(answer: Answer) -> RenderableType:
    lines: list[RenderableType] = []
    for one in answer["checks"]:
        sign, style = SIGNS[one["verdict"]]
        lines.append(Text.assemble((f"{sign} ", style), (f"{one['check']}: ", "bold"), plain(one["what"])))
        if "toDo" in one:
            lines.append(Text(f"    {plain(one['toDo'])}", style="italic"))
    counts = {verdict: sum(one["verdict"] == verdict for one in answer["checks"]) for verdict in SIGNS}
    lines.append(
        Text(", ".join(f"{count} {verdict.replace('_', ' ')}" for verdict, count in counts.items()), style="bold")
    )
    return Group(*lines)
