"""Where Redis is, and how it is talked to."""

from attrs import field, frozen

from orchestrator_domain.budgets import LEDGER_SECONDS


@frozen(kw_only=True)
class RedisSettings:
    """Connection settings.

    Attributes:
        cluster: the server is a cluster, or ElastiCache Serverless, which speaks as one.
        timeout_seconds: for a whole call, connecting included.
    """

    host: str
    port: int
    username: str | None = None
    password: str | None = field(default=None, repr=False)
    tls: bool = False
    cluster: bool = False
    timeout_seconds: float = LEDGER_SECONDS
