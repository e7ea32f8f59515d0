"""One line of JSON for each decision, in the log."""

import json
import sys
from abc import abstractmethod
from collections.abc import Callable, Mapping
from typing import Any, Final, Protocol, runtime_checkable

from attrs import frozen

LEVELS: Final = ("DEBUG", "INFO", "WARNING", "ERROR")
OF_THE_ANSWER: Final = ("campaignId", "campaignType", "action", "runNumber", "runState", "pool", "field", "cause")
"""What of an answer is logged. Nothing else is: config, texts and numbers are in none of these."""


@runtime_checkable
class DecisionLog(Protocol):
    """Notes decisions. It never raises: an action is the same with a log and without."""

    @abstractmethod
    def note(
        self, answer: Mapping[str, Any], *, request_id: str, source: str, milliseconds: float, **more: object
    ) -> None:
        """Note the answer that was given to one request."""


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
            self.write(json.dumps(line, ensure_ascii=True))
        except (OSError, ValueError):
            return
