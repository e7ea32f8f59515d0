"""Responses that are attrs classes become camelCase objects."""

from datetime import datetime
from functools import cache
from typing import Any

from cattrs import Converter

from orchestrator_adapters.wire.camel_case import camel_case_converter

ALWAYS = {"always": True}


@cache
def converter() -> Converter:
    made = camel_case_converter()
    made.register_unstructure_hook(datetime, lambda instant: instant.isoformat())
    return made


def write(response: Any) -> dict[str, Any]:
    """``response`` as JSON-ready camelCase."""
    written: dict[str, Any] = converter().unstructure(response)
    return written
