"""What an action did."""

from rich.console import RenderableType
from rich.text import Text

from campaign_orchestrator.command_line.plain_text import plain
from campaign_orchestrator.command_line.screen import Answer


def action_view(answer: Answer) -> RenderableType:
    """The message, and the run that it is about."""
    shown = Text.assemble((plain(answer["campaignId"]), "bold"), ": ", plain(answer["message"]))
    if answer.get("runNumber") is not None:
        shown.append(f" (run {answer['runNumber']}, {plain(answer.get('runState'))})", style="dim")
    if answer.get("inFlight"):
        shown.append(
            f"\n{answer['inFlight']} contacts of the batch that had begun are under way; none follows them."
        )
    if answer.get("executionArn"):
        shown.append(f"\n{plain(answer['executionArn'])}", style="dim")
    return shown
