"""Credentials in Secrets Manager: fetched once, renewed when they are refused or old, and never shown (F38)."""

import json
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from attrs import evolve
from scripted_service import Answer, ScriptedService, error, ok

from orchestrator_adapters.aws.clients import AwsSettings
from orchestrator_adapters.aws.secret_credentials import KEPT_SECONDS, PAUSE_SECONDS, secret_credentials
from orchestrator_adapters.credentials import Credentials, CredentialsSource, CredentialsUnavailable

pytestmark = pytest.mark.usefixtures("each_client")

SECRET = "arn:aws:secretsmanager:eu-west-1:000000000000:secret:database-AbCdEf"


class SecretsManager:
    """Answers GetSecretValue with what a test wants, on a clock of the test's."""

    def __init__(self) -> None:
        self.answer: Callable[[], Answer] = lambda: ok(SecretString="first")
        self.now = 1_000.0
        self._service = ScriptedService(lambda *_: self.answer())
        self.source: Any = evolve(
            secret_credentials(SECRET, AwsSettings(region="us-east-1", endpoint_url=self._service.url)),
            seconds=lambda: self.now,
        )

    def holds(self, text: str) -> None:
        self.answer = lambda: ok(SecretString=text)

    @property
    def times_asked(self) -> int:
        return len(self._service.asked)

    @property
    def asked(self) -> list[tuple[str, Any]]:
        return self._service.asked

    def close(self) -> None:
        self._service.close()


@pytest.fixture
def manager() -> Iterator[SecretsManager]:
    made = SecretsManager()
    yield made
    made.close()


@pytest.mark.parametrize(
    ("text", "password", "username"),
    [
        ("plain text", "plain text", None),
        ("with a line's end\n", "with a line's end", None),
        ("1234", "1234", None),
        ("{broken", "{broken", None),
        (json.dumps({"password": "p\u00e4ss", "host": "db"}), "p\u00e4ss", None),
        (json.dumps({"username": "ada_clone", "password": "p"}), "p", "ada_clone"),
    ],
)
def test_what_a_secret_may_hold(manager: SecretsManager, text: str, password: str, username: str | None) -> None:
    manager.holds(text)
    assert manager.source.get() == Credentials(password=password, username=username)
    assert manager.asked == [("GetSecretValue", {"SecretId": SECRET})]


@pytest.mark.parametrize(
    ("answer", "cause"),
    [
        (ok(SecretBinary="AAAA"), "secret_unreadable"),
        (ok(SecretString=""), "secret_unreadable"),
        (ok(SecretString='{"user": "very-secret"}'), "secret_unreadable"),
        (ok(SecretString='{"password": ["very-secret"]}'), "secret_unreadable"),
        (ok(SecretString='{"password": "very-secret", "username": 1}'), "secret_unreadable"),
        (ok(SecretString="very-secret\0"), "secret_unreadable"),
        (error(400, "ResourceNotFoundException"), "secret_refused"),
        (error(400, "AccessDeniedException"), "secret_refused"),
        (error(400, "DecryptionFailure"), "secret_refused"),
        (error(400, "ThrottlingException"), "secret_unavailable"),
        (error(500, "InternalServiceError"), "secret_unavailable"),
        (Answer(body=b"very-secret"), "secret_unreadable"),
    ],
)
def test_each_failure_has_its_word_and_shows_nothing(manager: SecretsManager, answer: Answer, cause: str) -> None:
    manager.answer = lambda: answer
    with pytest.raises(CredentialsUnavailable) as away:
        manager.source.get()
    assert away.value.cause == cause
    assert away.value.__cause__ is None
    assert "secret" not in str(away.value).replace(cause, "")


def test_a_service_that_cannot_be_reached_is_away() -> None:
    source = secret_credentials(SECRET, AwsSettings(region="us-east-1", endpoint_url="http://127.0.0.1:1"))
    with pytest.raises(CredentialsUnavailable, match="secret_unavailable"):
        source.get()


def test_a_service_that_is_away_is_asked_once_in_a_while(manager: SecretsManager) -> None:
    manager.answer = lambda: error(500, "InternalServiceError")
    for _ in range(3):
        with pytest.raises(CredentialsUnavailable):
            manager.source.get()
    assert manager.times_asked == 1
    manager.now += PAUSE_SECONDS
    manager.holds("second")
    assert manager.source.get() == Credentials(password="second")


def test_a_secret_is_fetched_once_and_again_when_it_is_old(manager: SecretsManager) -> None:
    assert manager.source.get() == Credentials(password="first")
    manager.holds("second")
    manager.now += KEPT_SECONDS
    assert manager.source.get() == Credentials(password="first")
    manager.now += 1
    assert manager.source.get() == Credentials(password="second")
    assert manager.times_asked == 2


def test_an_old_secret_is_used_on_while_the_service_is_away(manager: SecretsManager) -> None:
    first = manager.source.get()
    manager.answer = lambda: error(500, "InternalServiceError")
    manager.now += KEPT_SECONDS + 1
    assert [manager.source.get() for _ in range(3)] == [first] * 3
    assert manager.times_asked == 2
    assert manager.source.after_refusal(first) is None


def test_a_refused_password_is_fetched_again_and_a_wrong_one_not_for_ever(manager: SecretsManager) -> None:
    first = manager.source.get()
    manager.holds("second")
    second = manager.source.after_refusal(first)
    assert second == Credentials(password="second")
    assert [manager.source.after_refusal(second) for _ in range(3)] == [None] * 3
    assert manager.times_asked == 3
    manager.now += PAUSE_SECONDS
    manager.holds("third")
    assert manager.source.after_refusal(second) == Credentials(password="third")


def test_threads_that_come_together_fetch_once(manager: SecretsManager) -> None:
    together = threading.Barrier(8)

    def in_step(work: Callable[[], Credentials | None]) -> Credentials | None:
        together.wait(10)
        return work()

    with ThreadPoolExecutor(8) as threads:
        got = list(threads.map(lambda _: in_step(manager.source.get), range(8)))
        assert (got, manager.times_asked) == ([Credentials(password="first")] * 8, 1)
        manager.holds("second")
        renewed = list(threads.map(lambda _: in_step(lambda: manager.source.after_refusal(got[0])), range(8)))
    assert (renewed, manager.times_asked) == ([Credentials(password="second")] * 8, 2)


def test_its_client_waits_for_its_own_time_asks_once_and_in_the_secret_s_region(
    manager: SecretsManager, each_client: str
) -> None:
    client = manager.source.client.get()
    if each_client == "direct":
        connections = client.connections
        assert (connections.connect_seconds, connections.read_seconds, client.region) == (1, 1.0, "eu-west-1")
        return
    meta = client.meta
    assert (meta.config.connect_timeout, meta.config.read_timeout) == (1, 1.0)
    assert meta.config.retries == {"total_max_attempts": 1, "mode": "standard"}
    assert meta.region_name == "eu-west-1"


def test_a_password_is_not_shown(manager: SecretsManager) -> None:
    manager.holds("very-secret")
    assert isinstance(manager.source, CredentialsSource)
    assert "very-secret" not in repr(manager.source.get()) + repr(manager.source)
