"""What is wrong with an answer: the server refuses, or it is no answer of a Redis server."""

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

CODES_OF_MESSAGES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "max number of clients reached": "MAXCLIENTS",
        "invalid password": "WRONGPASS",
        "AUTH <password> called without any password configured": "WRONGPASS",
        "Client sent AUTH, but no password is set": "WRONGPASS",
        "wrong number of arguments for 'auth' command": "WRONGPASS",
        "wrong number of arguments for 'AUTH' command": "WRONGPASS",
        "problem with LDAP service": "WRONGPASS",
    }
)
"""Refusals that servers have no code for but ERR, by how their messages begin."""

OF_A_SCRIPT: Final = "Error running script ("
REFUSED_INSIDE: Final = r"@user_script: ?\d+: -([A-Z]+) "
"""Before Redis 7 a refusal within a script comes as an error of the script, with its code after the line.

It is compiled when one comes: a cold start does not pay for it."""


class ServerRefusal(Exception):
    """The server has answered, and does not do it. Of its words, which may show anything, only the code is kept.

    Attributes:
        code: "NOAUTH", "NOSCRIPT", "MOVED", "ERR" and so on.
    """

    def __init__(self, text: str) -> None:
        code, _, message = text.partition(" ")
        self.code = _code_of_message(message) if code == "ERR" else code
        super().__init__(self.code)


class NotRedis(Exception):
    """What has come is no answer, or one that nobody has asked for."""


def _code_of_message(message: str) -> str:
    if message.startswith(OF_A_SCRIPT):
        inside = re.search(REFUSED_INSIDE, message)
        return inside[1] if inside else "ERR"
    return next((code for begin, code in CODES_OF_MESSAGES.items() if message.startswith(begin)), "ERR")
