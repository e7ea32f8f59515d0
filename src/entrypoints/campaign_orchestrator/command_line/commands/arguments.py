"""Arguments and options that several commands have."""

from typing import Annotated

import typer

CampaignArgument = Annotated[str, typer.Argument(metavar="CAMPAIGN", help="The campaign's id.")]
KeyOption = Annotated[
    str | None,
    typer.Option(
        "--key", help="The idempotency key: however often it is repeated with it, the request is done once."
    ),
]
ReasonOption = Annotated[str | None, typer.Option("--reason", help="Why, for the audit trail.")]
ActorOption = Annotated[
    str | None,
    typer.Option(
        "--actor", help="Who asks, for the audit trail; the user's name by default. The HTTP API knows better."
    ),
]
YesOption = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask whether it is meant.")]
