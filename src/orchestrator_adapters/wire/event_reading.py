"""Events are read into attrs classes, strictly, and the first field that does not fit is named."""

from collections.abc import Mapping
from functools import cache
from typing import Any, TypeVar

from cattrs import AttributeValidationNote, ClassValidationError, Converter, ForbiddenExtraKeysError

from orchestrator_adapters.wire.camel_case import camel_case, camel_case_converter
from orchestrator_adapters.wire.requests import field_missing, field_of_another_kind, field_unknown
from orchestrator_domain.errors import InvalidRequest

_Shape = TypeVar("_Shape")


@cache
def _converter() -> Converter:
    return camel_case_converter()


def read_event(event: Mapping[str, Any], shape: type[_Shape]) -> _Shape:
    """The event in the attrs class ``shape``. Raises InvalidRequest, naming the first field that does not fit."""
    try:
        return _converter().structure(event, shape)
    except ClassValidationError as invalid:
        raise _first_complaint(invalid, event) from None


def _first_complaint(invalid: ClassValidationError, event: Mapping[str, Any]) -> InvalidRequest:
    complaint = invalid.exceptions[0]
    if isinstance(complaint, ForbiddenExtraKeysError):
        return field_unknown(event, complaint.extra_fields)
    if isinstance(complaint, KeyError):
        return field_missing(str(complaint.args[0]))
    notes = [note for note in getattr(complaint, "__notes__", ()) if isinstance(note, AttributeValidationNote)]
    return field_of_another_kind(event, camel_case(notes[0].name) if notes else "event")
