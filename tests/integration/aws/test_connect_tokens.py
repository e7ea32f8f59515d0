"""Tokens of IAM: what is signed, with what, for how long. Who checks them is AWS, which is not here."""

import hashlib
import hmac
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest
from botocore.session import Session

from orchestrator_adapters.aws.connect_tokens import ConnectTokens, cache_tokens, database_tokens
from orchestrator_adapters.credentials import CredentialsSource, CredentialsUnavailable

SECRET_KEY = "very-secret-key"
NOW = datetime(2026, 11, 24, 1, 2, 3, tzinfo=UTC)
DATABASE = "campaigns.proxy-abc.eu-west-1.rds.amazonaws.com"


@pytest.fixture(autouse=True)
def role(monkeypatch: pytest.MonkeyPatch) -> None:
    """Temporary credentials, as those of a function's role are."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "ASIAEXAMPLE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET_KEY)
    monkeypatch.setenv("AWS_SESSION_TOKEN", "session/token+=")
    monkeypatch.setattr("botocore.auth.get_current_datetime", lambda **_: NOW)


def for_database(user: str = "orchestrator") -> ConnectTokens:
    return database_tokens(host=DATABASE, port=5432, user=user, region="eu-west-1")


def for_cache(*, serverless: bool = True) -> ConnectTokens:
    return cache_tokens(cache_name="slots", user="orchestrator", region="eu-west-1", serverless=serverless)


def signed_by_hand(token: str, *, service: str) -> str:
    """The signature that belongs to ``token``, by the steps of
    https://docs.aws.amazon.com/IAM/latest/UserGuide/create-signed-request.html
    """
    url = urlsplit(f"https://{token}")
    fields = sorted((name, value) for name, value in parse_qsl(url.query) if name != "X-Amz-Signature")
    query = urlencode(fields).replace("+", "%20")
    nothing = hashlib.sha256(b"").hexdigest()
    request = f"GET\n/\n{query}\nhost:{url.netloc}\n\nhost\n{nothing}"
    scope = f"20261124/eu-west-1/{service}/aws4_request"
    text = f"AWS4-HMAC-SHA256\n20261124T010203Z\n{scope}\n{hashlib.sha256(request.encode()).hexdigest()}"
    key = f"AWS4{SECRET_KEY}".encode()
    for part in scope.split("/"):
        key = hmac.new(key, part.encode(), "sha256").digest()
    return hmac.new(key, text.encode(), "sha256").hexdigest()


def test_a_token_for_a_database_is_what_the_client_of_rds_would_make() -> None:
    for user in ("orchestrator", "or che+str/ator"):
        credentials = for_database(user).get()
        client: Any = Session().create_client("rds", region_name="eu-west-1")
        assert credentials.password == client.generate_db_auth_token(DATABASE, 5432, user)
        assert credentials.username == user


@pytest.mark.parametrize("serverless", [True, False])
def test_a_token_for_a_cache_names_cache_and_user_and_ends(serverless: bool) -> None:
    credentials = for_cache(serverless=serverless).get()
    address, query = credentials.password.split("/?")
    fields = dict(parse_qsl(query))
    assert (address, credentials.username) == ("slots", "orchestrator")
    assert len(fields.pop("X-Amz-Signature")) == 64
    assert fields == {
        "Action": "connect",
        "User": "orchestrator",
        **({"ResourceType": "ServerlessCache"} if serverless else {}),
        "X-Amz-Algorithm": "AWS4-HMAC-SHA256",
        "X-Amz-Credential": "ASIAEXAMPLE/20261124/eu-west-1/elasticache/aws4_request",
        "X-Amz-Date": "20261124T010203Z",
        "X-Amz-Expires": "900",
        "X-Amz-SignedHeaders": "host",
        "X-Amz-Security-Token": "session/token+=",
    }


@pytest.mark.parametrize(("tokens", "service"), [(for_cache(), "elasticache"), (for_database(), "rds-db")])
def test_the_signature_is_that_of_its_parameters(tokens: ConnectTokens, service: str) -> None:
    token = tokens.get().password
    assert dict(parse_qsl(token))["X-Amz-Signature"] == signed_by_hand(token, service=service)


def test_each_connection_has_a_token_of_its_own_time(monkeypatch: pytest.MonkeyPatch) -> None:
    tokens = for_cache()
    first = tokens.get()
    later = datetime(2026, 11, 24, 1, 20, tzinfo=UTC)
    monkeypatch.setattr("botocore.auth.get_current_datetime", lambda **_: later)
    assert "X-Amz-Date=20261124T012000Z" in tokens.get().password
    assert tokens.get() != first


def test_a_refused_token_has_no_better_one() -> None:
    tokens = for_cache()
    assert isinstance(tokens, CredentialsSource)
    assert tokens.after_refusal(tokens.get()) is None


def test_without_credentials_there_is_no_token(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/nowhere")
    monkeypatch.setenv("AWS_CONFIG_FILE", "/nowhere")
    with pytest.raises(CredentialsUnavailable) as away:
        for_database().get()
    assert away.value.cause == "no_credentials"


def test_neither_key_nor_token_is_shown() -> None:
    tokens = for_database()
    token = tokens.get()
    assert SECRET_KEY not in repr(tokens) + repr(token)
    assert "X-Amz-Signature" not in repr(tokens) + repr(token)
