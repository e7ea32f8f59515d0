"""How a value of unknown content is shown."""

LONGEST_SHOWN_VALUE = 80


def shown(value: object) -> str:
    """``value`` as it may be shown: escaped, so that it cannot forge a line, and cut to 80 characters."""
    text = ascii(value) if isinstance(value, str | int | float | bool | None) else type(value).__name__
    return text if len(text) <= LONGEST_SHOWN_VALUE else f"{text[:LONGEST_SHOWN_VALUE]}…"
