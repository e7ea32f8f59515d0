"""Signatures of requests to AWS, version 4.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
"""

import hmac
from collections.abc import Mapping
from functools import lru_cache
from hashlib import sha256
from typing import Final
from urllib.parse import quote

from attrs import field, frozen

ALGORITHM: Final = "AWS4-HMAC-SHA256"
END_OF_SCOPE: Final = "aws4_request"


@frozen(kw_only=True)
class SigningCredentials:
    """Who signs. ``session_token``: of temporary credentials; it is sent and signed as a header."""

    access_key: str = field(repr=False)
    secret_key: str = field(repr=False)
    session_token: str | None = field(repr=False)


def authorization(
    *,
    credentials: SigningCredentials,
    region: str,
    service: str,
    at: str,
    method: str,
    path: str,
    headers: Mapping[str, str],
    body: bytes,
) -> str:
    """The value of the header ``Authorization`` of a request without a query.

    Args:
        at: the time of the header ``X-Amz-Date``, as 20260101T000000Z.
        path: as it is sent.
        headers: those that are signed, by their names in lower case; ``host`` and ``x-amz-date`` are among them.
    """
    ordered = sorted(headers.items())
    names = ";".join([name for name, _ in ordered])
    lines = "".join([f"{name}:{' '.join(value.split())}\n" for name, value in ordered])
    request = f"{method}\n{_canonical_path(path)}\n\n{lines}\n{names}\n{sha256(body).hexdigest()}"
    scope = f"{at[:8]}/{region}/{service}/{END_OF_SCOPE}"
    to_sign = f"{ALGORITHM}\n{at}\n{scope}\n{sha256(request.encode()).hexdigest()}"
    signature = _mac(_signing_key(credentials.secret_key, at[:8], region, service), to_sign).hex()
    return f"{ALGORITHM} Credential={credentials.access_key}/{scope}, SignedHeaders={names}, Signature={signature}"


@lru_cache(maxsize=16)
def _signing_key(secret_key: str, date: str, region: str, service: str) -> bytes:
    """The key of one day, one region and one service."""
    key = f"AWS4{secret_key}".encode()
    for part in (date, region, service, END_OF_SCOPE):
        key = _mac(key, part)
    return key


def _mac(key: bytes, text: str) -> bytes:
    return hmac.digest(key, text.encode(), "sha256")


@lru_cache(maxsize=16)
def _canonical_path(path: str) -> str:
    """The path without ``.`` and ``..``, escaped once more than it is sent: every service but S3 wants it so."""
    kept: list[str] = []
    for segment in path.split("/"):
        if segment == "..":
            del kept[-1:]
        elif segment not in ("", "."):
            kept.append(segment)
    ends_open = "/" if path.endswith("/") and kept else ""
    return quote(("/" if path.startswith("/") or not path else "") + "/".join(kept) + ends_open, safe="/~")
