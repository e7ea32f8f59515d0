"""migrate: bring the database to this version's schema."""

from typing import Annotated

import psycopg
import typer
from rich.console import RenderableType
from rich.text import Text

from campaign_orchestrator.building import postgres_settings
from campaign_orchestrator.command_line.exit_codes import ExitCode
from campaign_orchestrator.command_line.failures import CommandFailed, NotAsked, WrongUse
from campaign_orchestrator.command_line.plain_text import plain
from campaign_orchestrator.command_line.screen import Answer
from campaign_orchestrator.command_line.session import Session
from campaign_orchestrator.command_line.targets.stores import settings_of_the_environment
from campaign_orchestrator.command_line.waiting import waiting
from orchestrator_adapters.credentials import CredentialsUnavailable
from orchestrator_adapters.postgres.connection_refusals import refusal_of
from orchestrator_adapters.postgres.migrate import RunTimeRoles, SchemaDoesNotFit, migrate


def migrate_database(
    session: Session,
    orchestrator_role: Annotated[
        str | None, typer.Option("--orchestrator-role", metavar="ROLE", help="The role that the orchestrator uses.")
    ] = None,
    dispatcher_role: Annotated[
        str | None, typer.Option("--dispatcher-role", metavar="ROLE", help="The role that dispatchers use.")
    ] = None,
) -> ExitCode:
    """Bring the database to this version's schema; safe to repeat.

    Asks the database itself: it needs the environment variables DB_*, of a user who may create tables. The roles,
    which exist already, are given the right to call the schema's functions, and need no other.

    Examples:

      campaign-orchestrator migrate

      DB_HOST=db.internal DB_NAME=campaigns DB_USER=owner DB_PASSWORD=... campaign-orchestrator migrate --json

      campaign-orchestrator migrate --orchestrator-role orchestrator --dispatcher-role dispatcher
    """
    settings = settings_of_the_environment()
    if settings.store != "postgres":
        raise WrongUse(f"there is nothing to migrate with ORCHESTRATOR_STORE={settings.store}")
    roles = RunTimeRoles(orchestrator=orchestrator_role, dispatcher=dispatcher_role)
    try:
        with waiting(session.screen.errors, "Applying the migrations"):
            report = migrate(postgres_settings(settings), roles)
    except SchemaDoesNotFit as unfit:
        raise CommandFailed("schema_does_not_fit", str(unfit)) from None
    except CredentialsUnavailable as error:
        what = f"there are no credentials for the database ({error.cause}); doctor tells more"
        raise NotAsked(what, cause=error.cause) from None
    except psycopg.OperationalError as error:
        cause = refusal_of(str(error))
        raise NotAsked(f"the database cannot be reached ({cause}); doctor tells more", cause=cause) from None
    except psycopg.Error as error:
        cause = error.sqlstate or "unknown"
        raise CommandFailed(
            "migration_refused", f"the database has refused a statement ({cause})", cause=cause
        ) from None
    answer = {"success": True, "applied": list(report.applied), "unchanged": list(report.unchanged)}
    return session.screen.show(answer, _view)


def _view(answer: Answer) -> RenderableType:
    if not answer["applied"]:
        return Text("The database was up to date.")
    return Text("\n".join(["Applied:", *(f"  {plain(name)}" for name in answer["applied"])]))
