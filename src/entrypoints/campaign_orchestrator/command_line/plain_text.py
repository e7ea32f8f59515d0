"""Words of others, as they may be shown on a terminal."""


def plain(value: object) -> str:
    """``value`` with what is not printable escaped: a name must not move the cursor or change the title."""
    text = "" if value is None else str(value)
    if text.isprintable():
        return text
    return "".join(one if one.isprintable() else ascii(one)[1:-1] for one in text)
