"""What to do about a connection that a store has refused, alike for PostgreSQL and Redis."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from orchestrator_adapters import tls_refusals

WHAT_TO_DO: Final[Mapping[str, str]] = MappingProxyType(
    {
        tls_refusals.NOT_OFFERED: "The server does not speak TLS: turn it on there, or off here.",
        tls_refusals.UNTRUSTED: "Set DB_SSLROOTCERT or REDIS_SSLROOTCERT to who has signed its certificate.",
        tls_refusals.WRONG_HOST: "Use the name that the server's certificate is for.",
        tls_refusals.EXPIRED: "Renew the server's certificate; look at the clocks.",
        tls_refusals.NOT_YET_VALID: "Look at the clocks: the server's certificate is not valid yet.",
        tls_refusals.NO_ROOTS: "The file of trusted certificates is not there: correct its path.",
        "secret_refused": "Look at the secret's ARN, and the rights secretsmanager:GetSecretValue, kms:Decrypt.",
        "secret_unavailable": "Look at the way to Secrets Manager: an interface endpoint, or NAT.",
        "secret_unreadable": "Put a JSON object with the field password into the secret.",
        "no_credentials": "There are no AWS credentials to sign a token or to ask for a secret with.",
    }
)
OTHERWISE: Final = "docs/connections.md explains each of these words."


def what_to_do(cause: str, of_this_store: Mapping[str, str]) -> str:
    """What to do about ``cause``. ``of_this_store``: what is particular to it."""
    return of_this_store.get(cause) or WHAT_TO_DO.get(cause, OTHERWISE)
