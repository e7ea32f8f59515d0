"""Answers that are the service's own, and not of something that stands between."""

from collections.abc import Mapping
from typing import Any


class UnexpectedAnswer(Exception):
    """An answer of 200 that is not the service's: cut off, or of something that stands between."""


def require_fields(answer: Mapping[str, Any], *names: str) -> None:
    """Raise UnexpectedAnswer unless ``answer`` has a value, which may be an empty list, in each of the fields."""
    missing = [name for name in names if answer.get(name) in (None, "")]
    if missing:
        raise UnexpectedAnswer(", ".join(missing))
