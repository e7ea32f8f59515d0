"""Signatures of version 4, against those that the client library makes."""

from collections.abc import Iterator

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from hypothesis import given
from hypothesis import strategies as st

from orchestrator_adapters.aws.signature_v4 import SigningCredentials, authorization

NOW = "20260704T235959Z"
WORDS = st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E), max_size=20)
KEYS = st.text(
    st.characters(min_codepoint=0x21, max_codepoint=0x7E, exclude_characters=","), min_size=1, max_size=40
)
PATHS = st.lists(
    st.one_of(st.sampled_from(["", ".", ".."]), st.from_regex(r"[A-Za-z0-9._~%:$,-]{1,12}", fullmatch=True))
).map(lambda segments: "/" + "/".join(segments))
HEADERS = st.dictionaries(
    st.from_regex(r"x-amz-[a-z][a-z-]{0,8}", fullmatch=True).filter(
        lambda name: name not in ("x-amz-date", "x-amz-security-token", "x-amz-content-sha")
    ),
    WORDS,
    max_size=4,
)


@pytest.fixture(scope="module", autouse=True)
def at_one_time() -> Iterator[None]:
    from datetime import datetime

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("botocore.auth.get_current_datetime", lambda **_: datetime.strptime(NOW, "%Y%m%dT%H%M%SZ"))
        yield


@given(
    path=PATHS, headers=HEADERS, body=st.binary(max_size=200), access_key=KEYS, secret_key=KEYS,
    session_token=st.one_of(st.none(), KEYS), region=st.sampled_from(["us-east-1", "cn-north-1"]),
    service=st.sampled_from(["states", "lambda"]),
)  # fmt: skip
def test_a_signature_is_the_one_of_the_client_library(
    path: str, headers: dict[str, str], body: bytes, access_key: str, secret_key: str, session_token: str | None,
    region: str, service: str,
) -> None:  # fmt: skip
    request = AWSRequest(method="POST", url=f"https://a.example:8443{path}", headers=dict(headers), data=body)
    SigV4Auth(Credentials(access_key, secret_key, session_token), service, region).add_auth(request)
    token = {"x-amz-security-token": session_token} if session_token else {}
    ours = authorization(
        credentials=SigningCredentials(access_key=access_key, secret_key=secret_key, session_token=session_token),
        region=region,
        service=service,
        at=NOW,
        method="POST",
        path=path,
        headers={"x-amz-date": NOW, "host": "a.example:8443", **headers, **token},
        body=body,
    )
    assert ours == request.headers["Authorization"]


def test_credentials_are_not_shown() -> None:
    shown = repr(SigningCredentials(access_key="AKIA", secret_key="very-secret", session_token="very-secret"))
    assert "AKIA" not in shown
    assert "secret" not in shown.replace("secret_key", "")
