"""Redis behind real TLS (F39, F40): a wrong certificate is refused and told by a word; no decision depends on it.

The embedded server is built without TLS, so a proxy ends it.
"""

import json
import ssl
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from typing import Any

import pytest
from attrs import evolve

from asking.requests import unique
from asking.stores import PostgresStoreUnderTest
from campaign_orchestrator import building
from network.certificates import Certificates
from network.plaintext_server import PlaintextServer
from network.tls_proxy import TLS_HANDSHAKE, TlsProxy
from orchestrator_adapters.postgres.settings import PostgresSettings
from orchestrator_adapters.redis.settings import RedisSettings
from orchestrator_adapters.redis.slot_ledger import RedisSlotLedger
from orchestrator_domain.errors import LedgerUnavailable
from orchestrator_domain.pools import Holder

WRONG = ["certificate_untrusted", "certificate_wrong_host", "certificate_expired", "certificate_not_yet_valid"]
HOLDER = Holder(campaign_id="a", campaign_type="sms", run_number=1, since=datetime(2026, 11, 1, tzinfo=UTC))
Serve = Callable[[ssl.SSLContext], TlsProxy]


@pytest.fixture
def serve(redis_settings: RedisSettings) -> Iterator[Serve]:
    """Puts TLS with a certificate before the server."""
    with ExitStack() as stack:
        yield lambda context: stack.enter_context(TlsProxy(context, (redis_settings.host, redis_settings.port)))


@pytest.fixture
def verifying(redis_settings: RedisSettings, certificates: Certificates) -> RedisSettings:
    return evolve(redis_settings, tls=True, sslrootcert=str(certificates.roots), timeout_seconds=5.0)


def cause_of_refusal(settings: RedisSettings) -> str:
    ledger = RedisSlotLedger(settings)
    with pytest.raises(LedgerUnavailable) as error:
        ledger.record("sms", HOLDER)
    ledger.close()
    return error.value.cause


def test_with_the_right_certificate_everything_goes_over_tls(
    serve: Serve, certificates: Certificates, verifying: RedisSettings
) -> None:
    proxy = serve(certificates.right())
    ledger = RedisSlotLedger(evolve(verifying, port=proxy.port))
    assert ledger.record("sms", HOLDER) == 1
    assert ledger.usage(["sms"]) == {"sms": {"a"}}
    ledger.close()
    assert (proxy.handshakes, proxy.asked_in_plain) == (1, 0)


@pytest.mark.parametrize("cluster", [False, True], ids=["node", "cluster"])
@pytest.mark.parametrize("cause", WRONG)
def test_a_wrong_certificate_is_refused_with_what_is_wrong(
    serve: Serve, certificates: Certificates, verifying: RedisSettings, cause: str, cluster: bool
) -> None:
    proxy = serve(certificates.wrong()[cause])
    assert cause_of_refusal(evolve(verifying, port=proxy.port, cluster=cluster)) == cause
    assert proxy.asked_in_plain == 0


def test_a_server_that_speaks_no_tls_is_told_nothing(verifying: RedisSettings) -> None:
    with PlaintextServer(b"-ERR Protocol error\r\n") as plain:
        assert cause_of_refusal(evolve(verifying, port=plain.port)) == "tls_not_offered"
        assert plain.received
        for received in plain.received:
            assert received.startswith(TLS_HANDSHAKE)
            assert b"AUTH" not in received


def test_the_real_server_without_tls_is_refused(verifying: RedisSettings) -> None:
    """Without a line's end in what it was sent it waits for more: then it is the time that ends."""
    assert cause_of_refusal(evolve(verifying, timeout_seconds=0.5)) in {"tls_not_offered", "no_answer"}


def test_without_trusted_roots_nobody_is_trusted(
    serve: Serve, certificates: Certificates, verifying: RedisSettings
) -> None:
    proxy = serve(certificates.right())
    assert cause_of_refusal(evolve(verifying, port=proxy.port, sslrootcert=None)) == "certificate_untrusted"
    assert cause_of_refusal(evolve(verifying, port=proxy.port, sslrootcert="/no")) == "root_certificates_missing"
    assert proxy.asked_in_plain == 0


def test_an_action_succeeds_its_projection_is_stale_and_the_log_says_why(
    serve: Serve,
    certificates: Certificates,
    variables: dict[str, str],
    orchestrator: Any,
    verifying: RedisSettings,
    database: PostgresSettings,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    configured = building.redis_settings  # a busy machine may not come to the certificate in the time of one call
    monkeypatch.setattr(
        building, "redis_settings", lambda settings: evolve(configured(settings), timeout_seconds=5.0)
    )
    store = PostgresStoreUnderTest(database)
    campaign = store.put_campaign(unique("c"))
    proxy = serve(certificates.of_another_host())
    environment = variables | {
        "ORCHESTRATOR_LEDGER": "redis",
        "REDIS_HOST": verifying.host,
        "REDIS_PORT": str(proxy.port),
        "REDIS_PASSWORD": verifying.password or "",
        "REDIS_TLS": "true",
        "REDIS_SSLROOTCERT": str(certificates.roots),
    }
    answer = orchestrator(environment)("start", campaign)
    assert (answer["success"], answer["projection"]) == (True, "stale")
    logged = [json.loads(line) for line in caplog.messages if "ledger_unavailable" in line]
    assert {"event": "ledger_unavailable", "cause": "certificate_wrong_host"} in logged
    assert (verifying.password or "") not in caplog.text
    assert orchestrator(variables)("status", campaign)["status"] == "active"
    assert proxy.asked_in_plain == 0
    store.close()
