"""A client that never waits long and never repeats a command by itself."""

from typing import Any

from orchestrator_adapters.redis.settings import RedisSettings


def redis_client(settings: RedisSettings) -> Any:
    """A redis-py client for one node or for a cluster. Nothing is connected until the first command.

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
        "protocol": 2,
        "driver_info": None,
    }
    if settings.cluster:
        from redis.cluster import RedisCluster

        return RedisCluster(**arguments)
    from redis import Redis

    return Redis(**arguments, single_connection_client=False, max_connections=4)
