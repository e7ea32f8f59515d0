"""Why a command could not be carried out, before or instead of an answer."""

from collections.abc import Mapping
from typing import Any

from campaign_orchestrator.command_line.exit_codes import MAY_HAVE_HAPPENED, NO_ANSWER


class CommandFailed(Exception):
    """Ends a command with an answer that has the fields of every refusal."""

    def __init__(self, code: str, message: str, *, retryable: bool = False, **more: Any) -> None:
        super().__init__(message)
        self.answer: Mapping[str, Any] = {
            "success": False,
            "message": message,
            "errorCode": code,
            "retryable": retryable,
            **more,
        }


class WrongUse(CommandFailed):
    """The command, as it was given, has no meaning; nothing was asked."""

    def __init__(self, message: str) -> None:
        super().__init__("invalid_request", message)


class NotAsked(CommandFailed):
    """The orchestrator could not be asked: nothing was done. ``cause``: a stable word."""

    def __init__(self, message: str, *, cause: str) -> None:
        super().__init__(NO_ANSWER, message, retryable=True, cause=cause)


class AnswerLost(CommandFailed):
    """The orchestrator was asked, and no answer came: it may have been done."""

    def __init__(self, message: str, *, cause: str) -> None:
        super().__init__(MAY_HAVE_HAPPENED, message, retryable=True, cause=cause)
