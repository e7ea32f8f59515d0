"""One line of JSON for each decision, in the log."""

import json
import re
import sys
from abc import abstractmethod
from collections.abc import Callable, Mapping
from typing import Any, Final, Protocol, runtime_checkable

from attrs import frozen

from orchestrator_adapters.wire.requests import KNOWN_ACTIONS
from orchestrator_domain.commands import CAMPAIGN_ID_PATTERN

LEVELS: Final = ("DEBUG", "INFO", "WARNING", "ERROR")
OF_THE_ANSWER: Final = ("campaignId", "campaignType", "action", "runNumber", "runState", "pool", "field", "cause")
"""What of an answer is logged. Nothing else is: config, texts and numbers are in none of these."""
SIGNAL: Final = "signal"
LOGGED_ACTIONS: Final = frozenset({*KNOWN_ACTIONS, SIGNAL})
KNOWN_FIELDS: Final = frozenset(
    {
        *("event", "action", "campaignId", "campaignIds", "idempotencyKey", "actor", "reason", "expiresAt"),
        *("campaignType", "cursor", "set", "limit", "dryRun", "statuses", "campaignTypes"),
        *("body", "query", "path", "headers", "method", "http", "httpMethod", "rawPath", "rawQueryString"),
        *("isBase64Encoded", "Content-Type", "Idempotency-Key", "requestContext", "requestPayload", "detail"),
        *("detail.name", "requestPayload.campaignId", "requestPayload.runNumber"),
        *("config", "name", "type", "timezone"),
    }
)
"""The fields that a refusal can name and that nobody but us has named."""
WITHHELD: Final = "(withheld)"
"""Stands for what is no word of ours: a caller may have put a message or a telephone number in a name's place."""
WORD: Final = re.compile(r"[A-Za-z0-9_./:-]{1,128}", re.ASCII)
RECORD_FIELD: Final = re.compile(r"Records\[\d{1,5}\]\.(messageId|body)", re.ASCII)

MESSAGE_ID: Final = re.compile(r"[A-Za-z0-9-]{1,100}", re.ASCII)
LONGEST_VALUE: Final = 160


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
    if name == "messageId" and not MESSAGE_ID.fullmatch(value):
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
        told = {name: _told(name, answer[name]) for name in OF_THE_ANSWER if answer.get(name) is not None}
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


def _told(name: str, value: object) -> object:
    """``value`` when it is one that we would have given this field; else WITHHELD."""
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    if not isinstance(value, str):
        return WITHHELD
    if name == "action":
        known = value in LOGGED_ACTIONS
    elif name == "campaignId":
        known = CAMPAIGN_ID_PATTERN.fullmatch(value) is not None
    elif name == "field":
        known = value in KNOWN_FIELDS or RECORD_FIELD.fullmatch(value) is not None
    else:
        known = WORD.fullmatch(value) is not None
    return value if known else WITHHELD
