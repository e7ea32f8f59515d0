"""JSON that PostgreSQL can store."""

import json
from collections.abc import Sequence
from typing import Any, Final

REPLACEMENT: Final = "\ufffd"
NUL: Final = "\\u0000"
"""As JSON spells it."""
ENCODER: Final = json.JSONEncoder(ensure_ascii=False, allow_nan=False)


def storable_json(value: Any) -> str:
    """``value`` as JSON, with a replacement character for what no text of PostgreSQL can hold.

    That is NUL, and half a surrogate pair, which JSON can spell and UTF-8 cannot. Both reach us in the words of
    others (the name in an event, the cause of a failure), and must not look like a store that is away. Ids and
    keys hold neither. https://www.postgresql.org/docs/current/datatype-json.html
    """
    text = _dumped(value)
    # Almost nothing holds any of it, and looking at the whole text costs less than at each of its parts.
    return text if NUL not in text and _is_unicode(text) else _dumped(_storable(value))


def storable_texts(texts: Sequence[str | None]) -> Sequence[str | None]:
    """The same for texts; None stays what it is."""
    together = "".join(filter(None, texts))
    if together.isascii() and "\0" not in together:
        return texts
    return [None if text is None else _storable_text(text) for text in texts]


def _dumped(value: Any) -> str:
    return ENCODER.encode(value)


def _is_unicode(text: str) -> bool:
    if text.isascii():
        return True
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _storable(value: Any) -> Any:
    if isinstance(value, str):
        return value if value.isascii() and value.isprintable() else _storable_text(value)
    if isinstance(value, dict):
        return {_storable(name): _storable(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [_storable(one) for one in value]
    return value


def _storable_text(text: str) -> str:
    return text.replace("\0", REPLACEMENT).encode("utf-16", "surrogatepass").decode("utf-16", "replace")
