"""Why a connection was refused, as a stable word.

libpq gives no SQLSTATE for a connection that was never made, only words: its own, or those of the server, in the
server's language. So known words are looked for in them, and what is not recognised is told as "no_connection". The
words themselves name hosts and users, and never leave this module.

The first that is found counts, so the more special stands before the more general.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from orchestrator_adapters import tls_refusals

KNOWN_WORDS: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "authentication": (
            "password authentication failed",
            "authentication failed",
            "no password supplied",
            "no pg_hba.conf entry",
            "is not permitted to log in",
        ),
        tls_refusals.NOT_OFFERED: ("server does not support ssl",),
        tls_refusals.WRONG_HOST: ("does not match host name",),
        tls_refusals.EXPIRED: ("certificate has expired",),
        tls_refusals.UNTRUSTED: ("unable to get local issuer certificate", "self-signed certificate"),
        tls_refusals.REFUSED: ("certificate verify failed",),
        tls_refusals.NO_ROOTS: ("root certificate file",),
        tls_refusals.OTHER: ("ssl error", "ssl connection has been closed", "tlsv1"),
        "no_such_database": ("does not exist",),
        "too_many_connections": ("too many clients", "remaining connection slots", "too many connections"),
        "starting_up": ("the database system is starting up", "is not yet accepting connections"),
        "shutting_down": ("the database system is shutting down", "the database system is in recovery mode"),
        "no_such_host": ("could not translate host name", "failed to resolve host"),
    }
)
UNKNOWN: Final = "no_connection"


def refusal_of(words: str) -> str:
    """The stable word for what the driver has said; ``no_connection`` for what is not recognised."""
    said = words.lower()
    # "role ... does not exist" is told to nobody who has no password for it; it is a failed authentication.
    if 'role "' in said and "does not exist" in said:
        return "authentication"
    return next((word for word, known in KNOWN_WORDS.items() if any(one in said for one in known)), UNKNOWN)
