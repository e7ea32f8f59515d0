"""What is said of an exception that nobody has foreseen: where it was, and never what it says."""

import traceback
from typing import Any, Final

from orchestrator_adapters.wire.responses import failure_response

INTERNAL_ERROR: Final = "internal_error"
MESSAGE: Final = "the orchestrator has met a defect; its log says where, under the request's id"
MOST_PLACES: Final = 12


def internal_error() -> dict[str, Any]:
    """The answer. It tells nothing of the defect; the same request, repeated with its key, settles what began."""
    return failure_response(message=MESSAGE, errorCode=INTERNAL_ERROR, retryable=True)


def places_of(error: BaseException) -> list[str]:
    """The lines of code that led to ``error``, innermost last, without its text: that may quote anything."""
    frames = traceback.extract_tb(error.__traceback__)
    return [f"{frame.filename.rpartition('/')[2]}:{frame.lineno} {frame.name}" for frame in frames[-MOST_PLACES:]]
