"""A campaign's text, written for one contact."""

from collections.abc import Mapping
from string import Template
from typing import Any, Final

MOST_CHARACTERS: Final = 1600
"""https://docs.aws.amazon.com/sns/latest/dg/sms_publish-to-phone.html"""


class TextNotWritable(ValueError):
    """The contact lacks a variable that the text names, or the text gets too long. Carries a stable word."""


def text_for(template: str, variables: Mapping[str, Any]) -> str:
    """Replace ``$name`` by the contact's variable of that name; ``$$`` is a dollar sign.

    Raises:
        TextNotWritable: "missing_variable" or "text_too_long".
    """
    try:
        text = Template(template).substitute({name: str(value) for name, value in variables.items()})
    except (KeyError, ValueError):
        raise TextNotWritable("missing_variable") from None
    if len(text) > MOST_CHARACTERS:
        raise TextNotWritable("text_too_long")
    return text
