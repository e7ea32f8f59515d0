"""The HTTP API at an address."""

import json
import os
from collections.abc import Mapping, Sequence
from typing import Any, Final
from urllib.parse import urlsplit

import urllib3
from attrs import define, field

from campaign_orchestrator.command_line.failures import AnswerLost, NotAsked, WrongUse
from campaign_orchestrator.command_line.plain_text import plain
from campaign_orchestrator.command_line.targets.http_routes_of_events import HttpAsking, http_asking
from campaign_orchestrator.command_line.targets.signed_requests import is_of_aws, signed_headers
from campaign_orchestrator.command_line.targets.target import Target

CONNECT_SECONDS: Final = 5.0
READ_SECONDS: Final = 35.0
"""API Gateway answers within 29 s (https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html)."""
SERVER_ERROR: Final = 500
AUTHORIZATION: Final = "CAMPAIGN_ORCHESTRATOR_AUTHORIZATION"
NOT_ALLOWED: Final = (401, 403)


@define
class HttpAddress(Target):
    """Sends each request once, and follows no redirection: it would turn a POST into a GET."""

    url: str
    headers: Mapping[str, str]
    sign: bool
    _pool: urllib3.PoolManager = field(factory=lambda: urllib3.PoolManager(retries=False), init=False)

    @classmethod
    def of(cls, url: str, *, headers: Sequence[str], sign: bool | None) -> "HttpAddress":
        """The address that the options name. Raises WrongUse."""
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
            raise WrongUse(f"--url must be an address such as https://api.example.com/prod, not {plain(url)}")
        secret = os.environ.get(AUTHORIZATION)
        named = {**({"Authorization": secret} if secret else {}), **_named(headers)}
        return cls(url.rstrip("/"), named, is_of_aws(url) if sign is None else sign)

    def ask(self, event: Mapping[str, Any]) -> dict[str, Any]:
        asking = http_asking(event)
        status, text = self._sent(asking)
        answer = _json(text)
        if "errorCode" in answer or answer.get("success"):
            return answer
        if status >= SERVER_ERROR:
            raise AnswerLost(f"{self.url} answered with {status} and nothing of ours", cause=f"http_{status}")
        why = (
            "these credentials may not ask it"
            if status in NOT_ALLOWED
            else "the orchestrator is not at this address"
        )
        raise NotAsked(f"{self.url} answered with {status}: {why}", cause=f"http_{status}")

    def close(self) -> None:
        self._pool.clear()

    def _sent(self, asking: HttpAsking) -> tuple[int, bytes]:
        address = self.url + asking.path
        headers = {"Accept": "application/json", **self.headers, **asking.headers}
        if self.sign:
            headers = signed_headers(asking.method, address, headers, asking.body)
        try:
            response = self._pool.request(
                asking.method,
                address,
                body=asking.body,
                headers=headers,
                redirect=False,
                timeout=urllib3.Timeout(connect=CONNECT_SECONDS, read=READ_SECONDS),
            )
        except (urllib3.exceptions.NewConnectionError, urllib3.exceptions.ConnectTimeoutError) as error:
            raise NotAsked(f"nothing answers at {self.url}", cause=type(error).__name__) from None
        except urllib3.exceptions.SSLError:
            raise NotAsked(
                f"no TLS connection to {self.url}: its certificate is not trusted", cause="tls"
            ) from None
        except urllib3.exceptions.HTTPError as error:
            words = f"{self.url} was asked, and no answer came"
            raise AnswerLost(words, cause=type(error).__name__) from None
        return response.status, response.data


def _named(headers: Sequence[str]) -> dict[str, str]:
    named = {}
    for header in headers:
        name, colon, value = header.partition(":")
        if not colon or not name.strip() or not value.strip():
            raise WrongUse("--header must be 'NAME: VALUE'")
        named[name.strip()] = value.strip()
    return named


def _json(text: bytes) -> dict[str, Any]:
    try:
        read = json.loads(text)
    except ValueError:
        return {}
    return read if isinstance(read, dict) else {}
