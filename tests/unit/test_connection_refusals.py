"""What libpq says of a connection that was refused, and the stable word for it."""

import pytest

from orchestrator_adapters.postgres.connection_refusals import KNOWN_WORDS, UNKNOWN, refusal_of

SAID = [
    ('FATAL:  password authentication failed for user "ada"', "authentication"),
    ('FATAL:  role "ada" does not exist', "authentication"),
    ('FATAL:  no pg_hba.conf entry for host "10.0.0.1", user "ada", database "x", no encryption', "authentication"),
    ('FATAL:  database "x" does not exist', "no_such_database"),
    ("SSL error: certificate verify failed", "certificate_refused"),
    ("SSL error: certificate verify failed: certificate has expired", "certificate_expired"),
    ("SSL error: certificate verify failed: unable to get local issuer certificate", "certificate_untrusted"),
    ('server certificate for "a" does not match host name "b"', "certificate_wrong_host"),
    ('root certificate file "/a" does not exist\nEither provide the file', "root_certificates_missing"),
    ("server does not support SSL, but SSL was required", "tls_not_offered"),
    ("SSL error: tlsv1 alert protocol version", "tls"),
    ("FATAL:  sorry, too many clients already", "too_many_connections"),
    (
        "FATAL:  remaining connection slots are reserved for roles with the SUPERUSER attribute",
        "too_many_connections",
    ),
    ("FATAL:  the database system is starting up", "starting_up"),
    ("FATAL:  the database system is shutting down", "shutting_down"),
    ('could not translate host name "db" to address: Name or service not known', "no_such_host"),
    ("Connection refused\n\tIs the server running on that host and accepting TCP/IP connections?", UNKNOWN),
    ("FATAL:  la autentificación password falló", UNKNOWN),
]


@pytest.mark.parametrize(("said", "word"), SAID)
def test_each_is_told_by_its_word(said: str, word: str) -> None:
    assert refusal_of(f'connection failed: connection to server at "10.0.0.2", port 5432 failed: {said}') == word


def test_every_word_has_been_heard() -> None:
    assert KNOWN_WORDS.keys() <= {word for _, word in SAID}
