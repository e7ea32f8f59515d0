"""Where Redis is, and how it is talked to."""

from attrs import field, frozen

from orchestrator_adapters.credentials import CredentialsSource
from orchestrator_domain.budgets import LEDGER_SECONDS


@frozen(kw_only=True)
class RedisSettings:
    """Connection settings.

    Attributes:
        credentials: gives the credentials of each connection, in place of ``username`` and ``password``.
        sslrootcert: path of the trusted certificates, or None for the system's.
        cluster: the server is a cluster, or ElastiCache Serverless, which speaks as one.
        timeout_seconds: for a whole call, connecting included.
    """

    host: str
    port: int
    username: str | None = None
    password: str | None = field(default=None, repr=False)
    credentials: CredentialsSource | None = field(default=None, repr=False)
    tls: bool = False
    sslrootcert: str | None = None
    cluster: bool = False
    timeout_seconds: float = LEDGER_SECONDS
