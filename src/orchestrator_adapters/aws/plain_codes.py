"""Error codes that may be shown and logged."""

from typing import Final

LONGEST: Final = 80


def plain_code(code: object) -> str | None:
    """``code`` without what cannot be in an error code, cut; None when nothing is left.

    Codes come from outside (the ``error`` field of a workflow is its author's), so no space, line break or letter
    beyond ASCII gets through: a log line cannot be forged with one.
    """
    shown = "".join(c for c in str(code or "") if c.isascii() and (c.isalnum() or c in "._-"))
    return shown[:LONGEST] or None
