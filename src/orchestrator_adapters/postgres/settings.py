"""Where PostgreSQL is, and how it is talked to."""

from attrs import field, frozen


@frozen(kw_only=True)
class PostgresSettings:
    """Connection settings.

    Attributes:
        sslmode: libpq's word ("disable", "require", "verify-ca", "verify-full").
        sslrootcert: path of the trusted certificates, or "system", or None for libpq's default.
        pool_size: how many connections one process opens at most.
    """

    host: str
    port: int
    dbname: str
    user: str
    password: str = field(repr=False)
    sslmode: str = "verify-full"
    sslrootcert: str | None = None
    pool_size: int = 2
