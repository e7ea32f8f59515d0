"""What is wrong with an answer: the server refuses, or it is no answer of a Redis server."""

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


class ServerRefusal(Exception):
    """The server has answered, and does not do it. Of its words, which may show anything, only the code is kept.

    Attributes:
        code: "NOAUTH", "NOSCRIPT", "MOVED", "ERR" and so on.
    """

    def __init__(self, text: str) -> None:
        code, _, message = text.partition(" ")
        if code == "ERR":
            code = next((its for begin, its in CODES_OF_MESSAGES.items() if message.startswith(begin)), code)
        self.code = code
        super().__init__(code)


class NotRedis(Exception):
    """What has come is no answer, or one that nobody has asked for."""
