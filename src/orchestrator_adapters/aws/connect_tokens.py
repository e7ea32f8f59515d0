"""Tokens of IAM in place of passwords, for RDS and ElastiCache."""

from collections.abc import Mapping
from threading import Lock
from typing import Any, Final
from urllib.parse import urlencode

from attrs import define, field

from orchestrator_adapters.aws.call_outcome import failed_call
from orchestrator_adapters.credentials import Credentials, CredentialsSource, CredentialsUnavailable

VALID_SECONDS: Final = 900
"""The longest that both services take. It bounds the time until a connection is made, not the connection's life."""

SCHEME: Final = "https://"
"""A URL is signed, and sent without it."""


@define(kw_only=True)
class ConnectTokens(CredentialsSource):
    """A new token for each connection, so that none is ever old when it is used.

    A token is a URL that is signed, here and without asking anybody, with the credentials of the function's role. A
    refused one has no better successor: the role lacks a right, or the user is not one of IAM's.

    Attributes:
        service: the name for which is signed ("rds-db", "elasticache").
        address: host, with port where the service has it signed.
        query: the parameters that are signed.
    """

    service: str
    region: str
    address: str
    username: str
    query: Mapping[str, str]
    _signer: Any = field(default=None, init=False, repr=False)
    _session: Any = field(default=None, init=False, repr=False)
    _lock: Lock = field(factory=Lock, init=False, repr=False)

    def get(self) -> Credentials:
        try:
            url = self._signer_once().generate_presigned_url(self._request(), "connect", expires_in=VALID_SECONDS)
        except Exception as error:
            raise CredentialsUnavailable(_cause_of(error)) from None
        return Credentials(username=self.username, password=url.removeprefix(SCHEME))

    def after_refusal(self, refused: Credentials) -> Credentials | None:
        return None

    def _request(self) -> dict[str, Any]:
        url = f"{SCHEME}{self.address}/?{urlencode(self.query)}"
        return {"method": "GET", "url": url, "body": {}, "headers": {}, "context": {}}

    def _signer_once(self) -> Any:
        """botocore's signer. No client: that of RDS alone would read two megabytes to do the same."""
        with self._lock:
            if self._signer is None:
                from botocore.model import ServiceId
                from botocore.session import Session
                from botocore.signers import RequestSigner

                # The session is kept, because the signer refers to its events only weakly.
                self._session = Session()
                self._signer = RequestSigner(
                    ServiceId(self.service),
                    self.region,
                    self.service,
                    "v4",
                    self._session.get_credentials(),
                    self._session.get_component("event_emitter"),
                )
            return self._signer


def _cause_of(error: Exception) -> str:
    """The word of the table of AWS's errors ("no_credentials"), which has all that go wrong before a request."""
    code = failed_call(error).code
    return code if code != "no_answer" else "token_not_made"


def database_tokens(*, host: str, port: int, user: str, region: str) -> ConnectTokens:
    """Tokens for RDS, Aurora, and RDS Proxy. ``host``: the endpoint's own name, no alias of it.

    https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/UsingWithRDS.IAMDBAuth.Connecting.html
    """
    query = {"Action": "connect", "DBUser": user}
    return ConnectTokens(service="rds-db", region=region, address=f"{host}:{port}", username=user, query=query)


def cache_tokens(*, cache_name: str, user: str, region: str, serverless: bool) -> ConnectTokens:
    """Tokens for ElastiCache. ``cache_name``: of the serverless cache or the replication group, no host name.

    https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/auth-iam.html
    """
    query = {"Action": "connect", "User": user}
    if serverless:
        query["ResourceType"] = "ServerlessCache"
    return ConnectTokens(service="elasticache", region=region, address=cache_name, username=user, query=query)
