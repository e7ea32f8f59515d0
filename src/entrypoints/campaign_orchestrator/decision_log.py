"""One line of JSON for each decision, in the log."""

import json
import re
import sys
from abc import abstractmethod
from collections.abc import Callable, Mapping
from typing import Any, Final, Protocol, runtime_checkable

from attrs import frozen

from orchestrator_domain.commands import CAMPAIGN_ID_PATTERN

LEVELS: Final = ("DEBUG", "INFO", "WARNING", "ERROR")
OF_THE_ANSWER: Final = ("campaignId", "campaignType", "action", "runNumber", "runState", "pool", "field", "cause")
"""What of an answer is logged. Nothing else is: config, texts and numbers are in none of these."""

LONGEST_VALUE: Final = 160
OF_CALLERS: Final = {
    "campaignId": CAMPAIGN_ID_PATTERN,
    "campaignType": re.compile("[a-z_]{1,32}"),
    "action": re.compile("[a-z_]{1,32}"),
    "field": re.compile("[A-Za-z][A-Za-z. -]{0,63}"),
    "messageId": re.compile("[A-Za-z0-9-]{1,100}"),
}
"""What a caller may have chosen, and how it must look to be logged: else it may be a number, a text, a secret."""
WITHHELD: Final = "(withheld)"


@runtime_checkable
class DecisionLog(Protocol):
    """Notes decisions. It never raises: an action is the same with a log and without."""

    @abstractmethod
    def note(
        self, answer: Mapping[str, Any], *, request_id: str, source: str, milliseconds: float, **more: object
    ) -> None:
        """Note the answer that was given to one request."""


def _logged(name: str, value: object) -> object:
    if not isinstance(value, str):
        return value
    if name in OF_CALLERS and not OF_CALLERS[name].fullmatch(value):
        return WITHHELD
    return value if len(value) <= LONGEST_VALUE else f"{value[:LONGEST_VALUE]}…"


class NoDecisionLog(DecisionLog):
    """Notes nothing: for the command line, which shows answers, and for tests."""

    def note(
        self, answer: Mapping[str, Any], *, request_id: str, source: str, milliseconds: float, **more: object
    ) -> None:
        """Do nothing."""


def _to_the_log(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


@frozen(kw_only=True, eq=False, repr=False)
class JsonDecisionLog(DecisionLog):
    """Writes one JSON object on one line: whatever a field holds, it can neither break the line nor forge another.

    Attributes:
        least: the least level that is written; what is done is INFO, what is refused is WARNING.
    """

    least: str = "INFO"
    write: Callable[[str], object] = _to_the_log

    def note(
        self, answer: Mapping[str, Any], *, request_id: str, source: str, milliseconds: float, **more: object
    ) -> None:
        level = "INFO" if answer.get("success", True) else "WARNING"
        if LEVELS.index(level) < LEVELS.index(self.least):
            return
        told = {name: answer[name] for name in OF_THE_ANSWER if answer.get(name) is not None}
        line = {
            "level": level,
            "message": "decision",
            "requestId": request_id,
            "source": source,
            **told,
            "outcome": "done" if level == "INFO" else answer.get("errorCode"),
            "durationMilliseconds": round(milliseconds, 1),
            **more,
        }
        try:
            # ASCII only: the line separators of Unicode would be newlines to some readers.
            self.write(json.dumps({name: _logged(name, value) for name, value in line.items()}, ensure_ascii=True))
        except (OSError, ValueError):
            return
