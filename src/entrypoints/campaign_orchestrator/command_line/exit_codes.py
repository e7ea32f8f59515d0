"""What the exit code of a command says. The numbers are stable; docs/command-line.md explains each."""

from collections.abc import Mapping
from enum import IntEnum
from types import MappingProxyType
from typing import Any, Final

from orchestrator_domain import errors


class ExitCode(IntEnum):
    """The exit codes."""

    DONE = 0
    REFUSED = 1
    """It was refused, and repeating it as it is cannot help."""
    WRONG_USE = 2
    """The command, or the environment, is wrong; nothing was asked. Also the code of a mistyped command."""
    NOT_NOW = 3
    """It was refused for now; the same command can succeed later."""
    UNCONFIRMED = 4
    """It may have been done; the same command with the same --key settles it."""
    NO_ANSWER = 5
    """The orchestrator, or its store, could not be asked; nothing was done."""
    UNWELL = 6
    """doctor has found a problem."""
    FAULT = 70
    """A fault of the program itself."""
    INTERRUPTED = 130
    """Ended by Ctrl-C."""


NO_ANSWER: Final = "no_answer"
MAY_HAVE_HAPPENED: Final = "may_have_happened"
NOT_CONFIRMED: Final = "not_confirmed"
INCOMPLETE: Final = "incomplete"

OF_ERROR_CODES: Final[Mapping[str, ExitCode]] = MappingProxyType(
    {
        errors.InvalidRequest.code: ExitCode.WRONG_USE,
        errors.InvalidAction.code: ExitCode.WRONG_USE,
        errors.DispatchUnconfirmed.code: ExitCode.UNCONFIRMED,
        errors.StoreUnavailable.code: ExitCode.NO_ANSWER,
        "internal_error": ExitCode.UNCONFIRMED,
        "invalid_settings": ExitCode.WRONG_USE,
        # API Gateway's own refusals, as deploy/openapi.yaml words them.
        "not_found": ExitCode.NO_ANSWER,
        "refused_by_gateway": ExitCode.NO_ANSWER,
        "gateway_unavailable": ExitCode.UNCONFIRMED,
        MAY_HAVE_HAPPENED: ExitCode.UNCONFIRMED,
        NO_ANSWER: ExitCode.NO_ANSWER,
    }
)
"""Where it is not told by whether the error is retryable."""


def exit_code_of(answer: Mapping[str, Any]) -> ExitCode:
    """The exit code of an answer of the orchestrator."""
    if answer.get("success"):
        return ExitCode.DONE
    known = OF_ERROR_CODES.get(str(answer.get("errorCode")))
    if known is not None:
        return known
    return ExitCode.NOT_NOW if answer.get("retryable") else ExitCode.REFUSED
