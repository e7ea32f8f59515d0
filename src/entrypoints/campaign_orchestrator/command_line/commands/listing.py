"""list: which campaigns there are."""

from typing import Annotated, Any, Final

import typer

from campaign_orchestrator.command_line.exit_codes import ExitCode
from campaign_orchestrator.command_line.session import Session
from campaign_orchestrator.command_line.views.campaigns import campaigns_view
from campaign_orchestrator.command_line.waiting import waiting

MOST_A_PAGE: Final = 1_000


def list_campaigns(
    session: Session,
    status: Annotated[list[str] | None, typer.Option(help="Only in this status; may be repeated.")] = None,
    campaign_type: Annotated[
        list[str] | None, typer.Option("--type", help="Only of this type (voice, sms, hybrid); may be repeated.")
    ] = None,
    limit: Annotated[int, typer.Option(help="How many at most.", min=1)] = 100,
    everything: Annotated[bool, typer.Option("--all", help="All of them, however many.")] = False,
    cursor: Annotated[str | None, typer.Option(help="Go on behind this campaign.")] = None,
) -> ExitCode:
    """List campaigns, by status and type, in the order of their ids.

    Examples:

      campaign-orchestrator list --status active

      campaign-orchestrator list --type voice --type hybrid --status paused --status failed

      campaign-orchestrator list --all --json | jq -r '.campaigns[].campaignId'
    """
    answer = _gathered(
        session,
        {"action": "list", "statuses": status or None, "campaignTypes": campaign_type or None, "cursor": cursor},
        wanted=None if everything else limit,
    )
    code = session.screen.show(answer, campaigns_view)
    if answer.get("cursor"):
        session.screen.say(f"There may be more: --cursor {answer['cursor']}, or --all")
    return code


def _gathered(session: Session, event: dict[str, Any], *, wanted: int | None) -> dict[str, Any]:
    """One answer with the campaigns of as many pages as it takes. A page may be empty and not be the last."""
    gathered: list[Any] = []
    with waiting(session.screen.errors, "Listing campaigns") as shown:
        while True:
            room = MOST_A_PAGE if wanted is None else min(MOST_A_PAGE, wanted - len(gathered))
            answer = session.answer_to({**event, "limit": room})
            if not answer["success"]:
                return answer
            gathered += answer["campaigns"]
            shown.has_done(len(gathered), wanted)
            event = {**event, "cursor": answer["cursor"]}
            if answer["cursor"] is None or len(gathered) == wanted:
                return {**answer, "campaigns": gathered}
