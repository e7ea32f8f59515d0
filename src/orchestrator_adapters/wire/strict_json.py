"""JSON of a caller, read without the leniency of Python's own reader."""

import json
import math
from collections.abc import Sequence
from typing import Any, Final, NoReturn

from orchestrator_domain.errors import InvalidRequest

ALLOWED = "a JSON object in UTF-8, each field given once, and without NaN or Infinity"
MOST_DIGITS: Final = 32
"""Of a whole number. No field takes more than ten; Python's reader takes thousands."""


class _Refused(ValueError):
    """What Python's reader would have let pass."""


def read_object(text: bytes, *, field: str) -> dict[str, Any]:
    """The object that ``text`` is. ``field`` names the text in complaints, which never show what it holds.

    Raises:
        InvalidRequest: no UTF-8, no JSON, no object, a field given twice, NaN or Infinity, nested too deeply, or a
            number that is too long or too large.
    """
    try:
        value = json.loads(text.decode(), **STRICTLY)
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


def _short_number(digits: str) -> int:
    if len(digits) > MOST_DIGITS:
        raise _Refused("JSON with a number of too many digits")
    return int(digits)


def _finite_number(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise _Refused("JSON with a number that is too large")
    return number


STRICTLY: Final[dict[str, Any]] = {
    "object_pairs_hook": _each_once,
    "parse_constant": _no_constant,
    "parse_int": _short_number,
    "parse_float": _finite_number,
}
