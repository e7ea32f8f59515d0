"""Where PostgreSQL is, and how it is talked to."""

from attrs import field, frozen

from orchestrator_adapters.credentials import CredentialsSource
from orchestrator_domain.value import Value


@frozen(kw_only=True, eq=False, repr=False)
class PostgresSettings(Value):
    """Connection settings.

    Attributes:
        password: the password, where ``credentials`` gives none.
        credentials: gives the credentials of each connection, in place of ``password``.
        sslmode: libpq's word ("disable", "require", "verify-ca", "verify-full").
        sslrootcert: path of the trusted certificates, or "system", or None for libpq's default.
        pool_size: how many connections one process opens at most.
    """

    host: str
    port: int
    dbname: str
    user: str
    password: str = field(default="", repr=False)
    credentials: CredentialsSource | None = field(default=None, repr=False)
    sslmode: str = "verify-full"
    sslrootcert: str | None = None
    pool_size: int = 2
