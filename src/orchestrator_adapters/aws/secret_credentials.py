"""Credentials that are kept in Secrets Manager, and change when the secret is rotated."""

import json
import time
from collections.abc import Callable
from threading import Lock
from typing import Any, Final

from attrs import define, field

from orchestrator_adapters.aws.call_outcome import failed_call
from orchestrator_adapters.aws.client_choice import make_client_of_calls
from orchestrator_adapters.aws.clients import AwsSettings, LazyClient
from orchestrator_adapters.credentials import Credentials, CredentialsSource, CredentialsUnavailable
from orchestrator_domain.ports.dispatcher import Refused

SERVICE: Final = "secretsmanager"
READ_SECONDS: Final = 1.0
"""A caller of a store waits meanwhile."""

KEPT_SECONDS: Final = 3600.0
"""For so long a secret is not asked for again unless it is refused. A rotation that alternates between two users
leaves the earlier password valid until the next rotation, so nothing is refused, and this is what moves on."""

PAUSE_SECONDS: Final = 5.0
"""After a fetch that failed, or brought nothing but what was refused: a password that is wrong for good is not
asked for at each connection."""


@define(kw_only=True)
class SecretCredentials(CredentialsSource):
    """The secret's current version, fetched when it is first needed and kept by the process.

    The secret is a JSON object with ``password``, and with ``username`` where two users alternate
    (https://docs.aws.amazon.com/secretsmanager/latest/userguide/reference_secret_json_structure.html), or it is the
    password itself. While Secrets Manager is away, what is known is used on.

    Attributes:
        seconds: the time of day in seconds. Not a monotonic clock: that may stand while a function is frozen.
    """

    secret_arn: str
    client: LazyClient
    seconds: Callable[[], float] = time.time
    _known: Credentials | None = field(default=None, init=False, repr=False)
    _fetched_at: float = field(default=0.0, init=False)
    _in_vain_at: float = field(default=float("-inf"), init=False)
    _failure: str = field(default="", init=False)
    _lock: Lock = field(factory=Lock, init=False, repr=False)

    def get(self) -> Credentials:
        with self._lock:
            now = self.seconds()
            if self._known is None or now - self._fetched_at > KEPT_SECONDS:
                self._fetch(now)
            if self._known is None:
                raise CredentialsUnavailable(self._failure)
            return self._known

    def after_refusal(self, refused: Credentials) -> Credentials | None:
        with self._lock:
            now = self.seconds()
            # Of the threads that were refused together one fetches; the others find what it has brought.
            if self._known == refused:
                self._fetch(now)
                if self._known == refused:
                    self._in_vain_at = now
            return self._known if self._known != refused else None

    def _fetch(self, now: float) -> None:
        """Bring ``_known`` up to date, if that can be; what is known stays when it cannot."""
        if 0 <= now - self._in_vain_at < PAUSE_SECONDS:
            return
        self._fetched_at = now
        try:
            self._known = _credentials_in(self._value())
        except CredentialsUnavailable as error:
            self._failure, self._in_vain_at = error.cause, now

    def _value(self) -> Any:
        try:
            return self.client.get().get_secret_value(SecretId=self.secret_arn).get("SecretString")
        except Exception as error:
            # Without the chain, and without the words: they name the secret.
            answer = failed_call(error).answer
            refused = isinstance(answer, Refused) and not answer.transient
            raise CredentialsUnavailable("secret_refused" if refused else "secret_unavailable") from None


def secret_credentials(secret_arn: str, settings: AwsSettings) -> SecretCredentials:
    """The credentials in the secret of this ARN, in the region that it names."""
    where = AwsSettings(region=secret_arn.split(":")[3], endpoint_url=settings.endpoint_url)
    client = LazyClient(lambda: make_client_of_calls(SERVICE, where, read_seconds=READ_SECONDS))
    return SecretCredentials(secret_arn=secret_arn, client=client)


def _credentials_in(value: Any) -> Credentials:
    text = value if isinstance(value, str) else ""
    try:
        content = json.loads(text)
    except ValueError:
        content = None
    fields = content if isinstance(content, dict) else {"password": text.rstrip("\r\n")}
    username = fields.get("username")
    return Credentials(
        password=_sendable(fields.get("password")), username=None if username is None else _sendable(username)
    )


def _sendable(text: Any) -> str:
    if isinstance(text, str) and text and "\0" not in text:
        return text
    raise CredentialsUnavailable("secret_unreadable")
