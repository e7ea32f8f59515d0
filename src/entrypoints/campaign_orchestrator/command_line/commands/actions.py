"""start, pause, resume, stop and retry."""

from collections.abc import Callable, Mapping
from typing import Annotated, Final

import typer

from campaign_orchestrator.command_line.commands.arguments import (
    ActorOption,
    CampaignArgument,
    KeyOption,
    ReasonOption,
)
from campaign_orchestrator.command_line.exit_codes import ExitCode
from campaign_orchestrator.command_line.session import Session, actor_or_the_user, key_or_a_new_one
from campaign_orchestrator.command_line.views.actions import action_view
from orchestrator_domain.campaign import Action

ExpiresAtOption = Annotated[
    str | None,
    typer.Option(
        "--expires-at", metavar="INSTANT", help="Refuse it after this instant (2026-11-24T12:00:00+00:00)."
    ),
]

HELP: Final[Mapping[Action, tuple[str, str]]] = {
    Action.START: (
        "Start a draft or scheduled campaign.",
        "Takes a slot of the campaign's pool and hands it to its dispatcher, once.",
    ),
    Action.PAUSE: (
        "Pause an active campaign.",
        "No further batch begins; its slot is freed once its run is at rest.",
    ),
    Action.RESUME: ("Resume a paused campaign.", "It goes on where its earlier run has ended."),
    Action.STOP: (
        "Stop a campaign for good.",
        "It becomes cancelled and cannot be resumed; pause keeps that open.",
    ),
    Action.RETRY: ("Start a failed campaign again.", "It goes on where its failed run has ended."),
}


def action_command(action: Action) -> Callable[..., ExitCode]:
    """The command that asks for ``action``."""

    def command(
        session: Session,
        campaign: CampaignArgument,
        key: KeyOption = None,
        reason: ReasonOption = None,
        actor: ActorOption = None,
        expires_at: ExpiresAtOption = None,
    ) -> ExitCode:
        event = {
            "action": action.value,
            "campaignId": campaign,
            "idempotencyKey": key_or_a_new_one(key),
            "reason": reason,
            "actor": actor_or_the_user(actor),
            "expiresAt": expires_at,
        }
        return session.screen.show(session.ask(event, what=f"{action.value} {campaign}"), action_view)

    summary, more = HELP[action]
    command.__name__ = action.value
    command.__doc__ = (
        f"{summary}\n\n{more}\n\nExamples:\n\n"
        f"  campaign-orchestrator {action.value} campaign_123\n\n"
        f"  campaign-orchestrator {action.value} campaign_123 --key order-4711 --reason 'as agreed with sales'\n\n"
        f"  campaign-orchestrator {action.value} campaign_123 --function campaign-orchestrator --json"
    )
    return command
