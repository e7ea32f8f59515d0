"""How a value of unknown content is shown."""

LONGEST_SHOWN_VALUE = 80
LONGEST_WORD = 64
MOST_BITS_SHOWN = 128
"""Of an integer: Python refuses to write one of more than 4,300 digits."""


def shown(value: object) -> str:
    """``value`` as it may be shown: escaped, so that it cannot forge a line, and cut to 80 characters."""
    if isinstance(value, int) and value.bit_length() > MOST_BITS_SHOWN:
        return f"a number of {value.bit_length()} bits"
    text = ascii(value) if isinstance(value, str | int | float | bool | None) else type(value).__name__
    return text if len(text) <= LONGEST_SHOWN_VALUE else f"{text[:LONGEST_SHOWN_VALUE]}…"


def harmless(text: str) -> str:
    """``text`` as it is when it is a printable ASCII word of at most 64 characters; else as ``shown``."""
    return text if text.isascii() and text.isprintable() and len(text) <= LONGEST_WORD else shown(text)
