"""What the client is told, which no answer of a server shows."""

import pytest

from orchestrator_adapters.redis.client import redis_client
from orchestrator_adapters.redis.settings import RedisSettings


def told(*, tls: bool = False) -> dict[str, object]:
    client = redis_client(RedisSettings(host="redis.invalid", port=1, timeout_seconds=0.3, tls=tls))
    arguments: dict[str, object] = client.connection_pool.connection_kwargs
    return arguments


def test_it_waits_once_and_repeats_nothing() -> None:
    arguments = told()
    assert (arguments["socket_timeout"], arguments["socket_connect_timeout"]) == (0.3, 0.3)
    assert arguments["health_check_interval"] == 0
    retry = arguments["retry"]
    assert retry.get_retries() == 0  # type: ignore[attr-defined]


@pytest.mark.parametrize(("name", "value"), [("ssl_cert_reqs", "required"), ("ssl_check_hostname", True)])
def test_with_tls_certificate_and_host_name_are_checked(name: str, value: object) -> None:
    """F39: never taken on trust, whatever the driver's default."""
    assert told(tls=True)[name] == value
