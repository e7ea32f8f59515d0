"""The options that every command has: whom to ask, and how the answer is shown."""

import inspect
import sys
import traceback
from collections.abc import Callable, Mapping
from typing import Annotated, Any, Final

import typer

from campaign_orchestrator.command_line.exit_codes import ExitCode
from campaign_orchestrator.command_line.failures import CommandFailed
from campaign_orchestrator.command_line.screen import Screen
from campaign_orchestrator.command_line.session import Session
from campaign_orchestrator.command_line.targets.choice import Whereabouts

WHOM: Final = "Whom to ask (without any: the stores that the environment variables name)"
Command = Callable[..., ExitCode]

JSON_OPTION: Final[Mapping[str, tuple[Any, Any]]] = {
    "as_json": (Annotated[bool, typer.Option("--json", help="Answer with JSON on standard output.")], False),
}
TARGET_OPTIONS: Final[Mapping[str, tuple[Any, Any]]] = {
    "function": (
        Annotated[
            str | None,
            typer.Option(
                metavar="NAME",
                envvar="CAMPAIGN_ORCHESTRATOR_FUNCTION",
                help="The deployed function: a name, a name with an alias, or an ARN.",
                rich_help_panel=WHOM,
            ),
        ],
        None,
    ),
    "url": (
        Annotated[
            str | None,
            typer.Option(
                metavar="URL",
                envvar="CAMPAIGN_ORCHESTRATOR_URL",
                help="The HTTP API's address, up to its stage.",
                rich_help_panel=WHOM,
            ),
        ],
        None,
    ),
    "header": (
        Annotated[
            list[str] | None,
            typer.Option(
                metavar="'NAME: VALUE'",
                help="With --url: a header for every request; may be repeated. A secret is better given as "
                "$CAMPAIGN_ORCHESTRATOR_AUTHORIZATION, the header Authorization: no list of processes shows it.",
                rich_help_panel=WHOM,
            ),
        ],
        None,
    ),
    "sign": (
        Annotated[
            bool | None,
            typer.Option(
                "--sign/--no-sign",
                help="With --url: sign with the AWS credentials. Without it, for AWS's own addresses only.",
                rich_help_panel=WHOM,
            ),
        ],
        None,
    ),
}


def with_session(command: Command) -> Callable[..., None]:
    """A command for typer: ``command``, with the options of a target in place of its parameter ``session``."""
    return _with_options(command, {**TARGET_OPTIONS, **JSON_OPTION})


def with_screen(command: Command) -> Callable[..., None]:
    """A command for typer that asks nobody: ``command``, with ``--json`` in place of its parameter ``session``."""
    return _with_options(command, JSON_OPTION)


def _with_options(command: Command, options: Mapping[str, tuple[Any, Any]]) -> Callable[..., None]:
    own = [one for one in inspect.signature(command).parameters.values() if one.name != "session"]

    def run(**arguments: Any) -> None:
        given = {name: arguments.pop(name) for name in options}
        session = Session(Screen(given["as_json"]), Whereabouts.of(given))
        raise typer.Exit(int(_carried_out(command, session, arguments)))

    run.__name__, run.__doc__ = command.__name__, command.__doc__
    shared = [
        inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, annotation=annotation, default=default)
        for name, (annotation, default) in options.items()
    ]
    own = [one.replace(kind=inspect.Parameter.KEYWORD_ONLY) for one in own]
    run.__signature__ = inspect.Signature([*own, *shared])  # type: ignore[attr-defined]
    run.__annotations__ = {one.name: one.annotation for one in [*own, *shared]}
    return run


def _carried_out(command: Command, session: Session, arguments: Mapping[str, Any]) -> ExitCode:
    try:
        return command(session=session, **arguments)
    except CommandFailed as failed:
        return session.screen.show(failed.answer, lambda _: "")
    except KeyboardInterrupt:
        return ExitCode.INTERRUPTED
    except BrokenPipeError:
        # Whoever read the output has gone (``| head``); Python would complain of it once more at its exit.
        sys.stdout = None
        return ExitCode.DONE
    except typer.Exit:
        raise
    except Exception:
        traceback.print_exc()
        return ExitCode.FAULT
    finally:
        session.close()
