"""redis-py's client, made so that it never waits long and never repeats a command by itself."""

from functools import cache
from typing import Any

from orchestrator_adapters.redis.settings import RedisSettings


def redis_client(settings: RedisSettings) -> Any:
    """A redis-py client: for a cluster, which is asked for its nodes at once, or for what is asked once of a node.

    Left to itself redis-py sends a script that gets no answer eleven times, for almost a minute (measured, 8.1).
    """
    from redis.backoff import NoBackoff
    from redis.retry import Retry

    arguments: dict[str, Any] = {
        "host": settings.host,
        "port": settings.port,
        **_authentication(settings),
        "ssl": settings.tls,
        "socket_timeout": settings.timeout_seconds,
        "socket_connect_timeout": settings.timeout_seconds,
        "retry": Retry(NoBackoff(), 0),
        "decode_responses": True,
        "encoding_errors": "replace",  # a forged member is shown as forged, and rebuilt
        "protocol": 2,  # the third needs a round trip of its own
        "driver_info": None,  # likewise
    }
    if settings.tls:
        arguments |= {"ssl_cert_reqs": "required", "ssl_check_hostname": True}
        arguments |= {"ssl_ca_certs": settings.sslrootcert}
    if settings.cluster:
        from redis.cluster import RedisCluster

        return RedisCluster(**arguments)
    from redis import Redis

    return Redis(**arguments, health_check_interval=0)


def _authentication(settings: RedisSettings) -> dict[str, Any]:
    """redis-py asks a provider whenever it opens a connection."""
    if settings.credentials is None:
        return {"username": settings.username, "password": settings.password}
    from redis.credentials import CredentialProvider

    source = settings.credentials

    class FromSource(CredentialProvider):
        def get_credentials(self) -> tuple[str] | tuple[str, str]:
            credentials = source.get()
            username = credentials.username or settings.username
            return (username, credentials.password) if username else (credentials.password,)

    return {"credential_provider": FromSource()}


@cache
def load_driver() -> None:
    """Import redis-py: at a cold start that takes longer than a call may."""
    import redis.cluster  # noqa: F401 - redis-py imports it in any case
