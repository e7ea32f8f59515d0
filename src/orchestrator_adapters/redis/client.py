"""A client that never waits long and never repeats a command by itself."""

from typing import Any

from orchestrator_adapters.redis.settings import RedisSettings


def redis_client(settings: RedisSettings) -> Any:
    """A redis-py client for one node, not connected yet, or for a cluster, which is asked for its nodes at once.

    Left to itself redis-py sends a script that gets no answer eleven times, for almost a minute (measured, 8.1).
    """
    from redis.backoff import NoBackoff
    from redis.retry import Retry

    arguments: dict[str, Any] = {
        "host": settings.host,
        "port": settings.port,
        "username": settings.username,
        "password": settings.password,
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
    if settings.cluster:
        from redis.cluster import RedisCluster

        return RedisCluster(**arguments)
    from redis import Redis

    return Redis(**arguments, health_check_interval=0)


def load_driver() -> None:
    """Import the driver: at a cold start that takes longer than a call may."""
    import redis.cluster  # noqa: F401 - redis-py imports it in any case
