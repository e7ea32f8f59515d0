"""JSON of a caller, read without the leniency of Python's own reader."""

import json
from collections.abc import Sequence
from typing import Any, NoReturn

from orchestrator_domain.errors import InvalidRequest

ALLOWED = "a JSON object in UTF-8, each field given once, and without NaN or Infinity"


class _Refused(ValueError):
    """What Python's reader would have let pass."""


def read_object(text: bytes, *, field: str) -> dict[str, Any]:
    """The object that ``text`` is. ``field`` names the text in complaints, which never show what it holds.

    Raises:
        InvalidRequest: no UTF-8, no JSON, no object, a field given twice, NaN or Infinity, nested too deeply, or a
            number of more digits than Python reads.
    """
    try:
        value = json.loads(text.decode(), object_pairs_hook=_each_once, parse_constant=_no_constant)
    except UnicodeDecodeError:
        raise _complaint(field, "bytes that are not UTF-8") from None
    except _Refused as refused:
        raise _complaint(field, str(refused)) from None
    except RecursionError:
        raise _complaint(field, "JSON that is nested too deeply") from None
    except ValueError:
        raise _complaint(field, "text that is not JSON") from None
    if not isinstance(value, dict):
        raise _complaint(field, "JSON of another kind")
    return value


def _each_once(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    read = dict(pairs)
    if len(read) != len(pairs):
        raise _Refused("JSON with a field given twice")
    return read


def _no_constant(name: str) -> NoReturn:
    raise _Refused("JSON with NaN or Infinity")


def _complaint(field: str, what: str) -> InvalidRequest:
    return InvalidRequest(field=field, value=what, allowed=ALLOWED)
