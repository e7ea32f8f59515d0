"""PostgreSQL behind real TLS (F39): a wrong certificate is refused, told by a word, and TLS is never done without.

The embedded server is built without TLS, so a proxy ends it that asks for TLS as PostgreSQL does.
"""

import ssl
import types
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import psycopg
import pytest
from attrs import evolve

from asking.one_connection import connected
from asking.requests import unique
from asking.stores import PostgresStoreUnderTest
from network.certificates import Certificates
from network.plaintext_server import PlaintextServer
from network.tls_proxy import SSL_REQUEST, PostgresTlsProxy
from orchestrator_adapters.postgres.certificate_check import certificate_refusal
from orchestrator_adapters.postgres.connection_pool import connection_arguments
from orchestrator_adapters.postgres.migrate import migrate
from orchestrator_adapters.postgres.settings import PostgresSettings

WRONG = ["certificate_untrusted", "certificate_wrong_host", "certificate_expired", "certificate_not_yet_valid"]
Serve = Callable[[ssl.SSLContext], PostgresTlsProxy]


@pytest.fixture
def serve(database: PostgresSettings) -> Iterator[Serve]:
    """Puts TLS with a certificate before the database."""
    with ExitStack() as stack:
        yield lambda context: stack.enter_context(PostgresTlsProxy(context, (database.host, database.port)))


@pytest.fixture
def campaign(database: PostgresSettings) -> Iterator[str]:
    store = PostgresStoreUnderTest(database)
    yield store.put_campaign(unique("c"))
    store.close()


@pytest.fixture
def verifying(database: PostgresSettings, certificates: Certificates) -> PostgresSettings:
    return evolve(database, sslmode="verify-full", sslrootcert=str(certificates.roots))


def cause_of_refusal(settings: PostgresSettings) -> str:
    with pytest.raises(psycopg.OperationalError) as error:
        connected(settings)
    return str(error.value)


def over_tls(variables: dict[str, str], port: int, certificates: Certificates) -> dict[str, str]:
    """DB_SSLMODE is left out: its default is what deployments have."""
    kept = {name: value for name, value in variables.items() if name != "DB_SSLMODE"}
    return kept | {"DB_PORT": str(port), "DB_SSLROOTCERT": str(certificates.roots)}


def test_with_the_right_certificate_everything_goes_over_tls(
    serve: Serve, certificates: Certificates, variables: dict[str, str], orchestrator: Any, campaign: str
) -> None:
    proxy = serve(certificates.right())
    answer = orchestrator(over_tls(variables, proxy.port, certificates))("start", campaign)
    assert answer["success"]
    assert (proxy.handshakes, proxy.asked_in_plain) == (1, 0)


@pytest.mark.parametrize("cause", WRONG)
def test_an_action_over_a_wrong_certificate_is_refused_with_what_is_wrong(
    serve: Serve,
    certificates: Certificates,
    variables: dict[str, str],
    orchestrator: Any,
    campaign: str,
    cause: str,
) -> None:
    proxy = serve(certificates.wrong()[cause])
    answer = orchestrator(over_tls(variables, proxy.port, certificates))("start", campaign)
    assert (answer["success"], answer["errorCode"], answer["cause"]) == (False, "store_unavailable", cause)
    assert answer["retryable"]
    assert proxy.asked_in_plain == 0
    assert orchestrator(variables)("status", campaign)["status"] == "draft"


def test_an_address_that_the_certificate_is_not_for(
    serve: Serve, certificates: Certificates, verifying: PostgresSettings
) -> None:
    proxy = serve(certificates.of_another_address())
    assert cause_of_refusal(evolve(verifying, port=proxy.port)) == "certificate_wrong_host"


def test_verify_ca_asks_for_the_authority_alone(
    serve: Serve, certificates: Certificates, verifying: PostgresSettings
) -> None:
    settings = evolve(verifying, sslmode="verify-ca")
    elsewhere = evolve(settings, port=serve(certificates.of_another_host()).port)
    connected(elsewhere).close()
    expired = serve(certificates.expired_and_of_another_host())
    assert cause_of_refusal(evolve(settings, port=expired.port)) == "certificate_expired"


@pytest.mark.parametrize("mode", ["require", "verify-full"])
def test_a_server_that_speaks_no_tls_is_told_nothing(verifying: PostgresSettings, mode: str) -> None:
    with PlaintextServer(b"N") as plain:
        assert cause_of_refusal(evolve(verifying, sslmode=mode, port=plain.port)) == "tls_not_offered"
        assert set(plain.received) == {SSL_REQUEST}


def test_roots_that_are_not_there(serve: Serve, certificates: Certificates, verifying: PostgresSettings) -> None:
    proxy = serve(certificates.right())
    settings = evolve(verifying, port=proxy.port, sslrootcert="/nowhere/roots.pem")
    assert cause_of_refusal(settings) == "root_certificates_missing"
    assert (proxy.handshakes, proxy.asked_in_plain) == (0, 0)


def test_the_system_s_roots_are_found_by_their_variable(
    serve: Serve, certificates: Certificates, verifying: PostgresSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    proxy = serve(certificates.right())
    settings = evolve(verifying, port=proxy.port, sslrootcert="system")
    assert cause_of_refusal(settings) == "certificate_untrusted"
    monkeypatch.setenv("SSL_CERT_FILE", str(certificates.roots))
    connected(settings).close()
    assert proxy.asked_in_plain == 0


@pytest.mark.parametrize("file", ["/etc/pki/tls/cert.pem", None])
def test_the_system_s_roots_are_looked_for_where_python_has_them(
    database: PostgresSettings, monkeypatch: pytest.MonkeyPatch, file: str | None
) -> None:
    """The libpq of psycopg's binary package looks where no system has them. Where this one has them is not ours."""
    paths = types.SimpleNamespace(cafile=file)
    monkeypatch.setattr(ssl, "get_default_verify_paths", lambda: paths)
    assert connection_arguments(evolve(database, sslrootcert="system"))["sslrootcert"] == (file or "system")


def test_what_cannot_be_found_out_is_refused_all_the_same(verifying: PostgresSettings, tmp_path: Path) -> None:
    """The check is made after libpq has refused; the server may be away by then, or be right."""
    assert certificate_refusal(evolve(verifying, port=1)) == "certificate_refused"
    assert certificate_refusal(evolve(verifying, sslrootcert=str(tmp_path))) == "certificate_refused"
    assert certificate_refusal(verifying) == "certificate_refused"


def test_migrations_go_over_tls_too(
    serve: Serve, certificates: Certificates, empty_database: PostgresSettings
) -> None:
    with PostgresTlsProxy(certificates.right(), (empty_database.host, empty_database.port)) as proxy:
        settings = evolve(
            empty_database, port=proxy.port, sslmode="verify-full", sslrootcert=str(certificates.roots)
        )
        assert migrate(settings).applied
        assert (proxy.handshakes, proxy.asked_in_plain) == (1, 0)
