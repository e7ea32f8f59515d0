"""show and history."""

from campaign_orchestrator.command_line.commands.arguments import CampaignArgument
from campaign_orchestrator.command_line.exit_codes import ExitCode
from campaign_orchestrator.command_line.session import Session
from campaign_orchestrator.command_line.views.campaigns import campaign_view
from campaign_orchestrator.command_line.views.history import history_view


def show(session: Session, campaign: CampaignArgument) -> ExitCode:
    """Show a campaign with its latest run.

    Examples:

      campaign-orchestrator show campaign_123

      campaign-orchestrator show campaign_123 --json | jq .run.state
    """
    answer = session.ask({"action": "status", "campaignId": campaign}, what=f"Looking at {campaign}")
    return session.screen.show(answer, campaign_view)


def history(session: Session, campaign: CampaignArgument) -> ExitCode:
    """Show the audit trail of a campaign: what changed, when, by whom and why.

    The latest 500 changes, oldest first.

    Examples:

      campaign-orchestrator history campaign_123

      campaign-orchestrator history campaign_123 --url https://api.example.com/prod
    """
    answer = session.ask({"action": "history", "campaignId": campaign}, what=f"Reading the history of {campaign}")
    return session.screen.show(answer, history_view)
