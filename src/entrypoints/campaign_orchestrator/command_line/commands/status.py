"""status: the pools, or several campaigns, once or again and again."""

from threading import Event
from typing import Annotated, Any, Final

import typer
from rich.live import Live

from campaign_orchestrator.command_line.exit_codes import ExitCode
from campaign_orchestrator.command_line.failures import CommandFailed
from campaign_orchestrator.command_line.screen import refusal
from campaign_orchestrator.command_line.session import Session
from campaign_orchestrator.command_line.views.campaigns import campaigns_view
from campaign_orchestrator.command_line.views.pools import pools_view

SHORTEST_INTERVAL_SECONDS: Final = 0.2


def status(
    session: Session,
    campaigns: Annotated[
        list[str] | None, typer.Argument(metavar="[CAMPAIGN]...", help="Up to 25 campaigns; none: the pools.")
    ] = None,
    watch: Annotated[bool, typer.Option("--watch", "-w", help="Look again and again, until Ctrl-C.")] = False,
    interval: Annotated[
        float, typer.Option(help="With --watch: seconds between two looks.", min=SHORTEST_INTERVAL_SECONDS)
    ] = 2.0,
    count: Annotated[int | None, typer.Option(help="With --watch: end after so many looks.", min=1)] = None,
) -> ExitCode:
    """Show how the pools stand, or several campaigns.

    A table of the pools with a bar for each: how many slots are held, by whom, and how many are free. With --watch
    it stays on the screen and changes; with --json each look is one line.

    Examples:

      campaign-orchestrator status

      campaign-orchestrator status --watch --interval 5

      campaign-orchestrator status campaign_123 campaign_456

      campaign-orchestrator status --json | jq '.pools.voice.available'
    """
    event = {"action": "status", "campaignIds": list(campaigns) if campaigns else None}
    if watch:
        return _watch(session, event, interval, count)
    return session.screen.show(session.ask(event, what="Looking at the pools"), _view)


def _watch(session: Session, event: dict[str, Any], interval: float, count: int | None) -> ExitCode:
    looks, pause = 0, Event()
    with Live(console=session.screen.output, auto_refresh=False, screen=False) as live:
        while True:
            answer = _look(session, event)
            if session.screen.as_json:
                session.screen.show_json(answer, on_one_line=True)
            else:
                live.update(_view(answer) if answer["success"] else refusal(answer), refresh=True)
            looks += 1
            if looks == count:
                return ExitCode.DONE
            try:
                pause.wait(interval)
            except KeyboardInterrupt:  # the way to end it
                return ExitCode.DONE


def _look(session: Session, event: dict[str, Any]) -> dict[str, Any]:
    """One look; what is away for now may be there at the next."""
    try:
        return session.answer_to(event)
    except CommandFailed as failed:
        if not failed.answer["retryable"]:
            raise
        return dict(failed.answer)


def _view(answer: Any) -> Any:
    return pools_view(answer) if "pools" in answer else campaigns_view(answer)
