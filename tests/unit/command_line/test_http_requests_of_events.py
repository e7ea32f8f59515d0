"""Which HTTP request asks for what an event asks for."""

from typing import Any

import pytest

from campaign_orchestrator.command_line.failures import WrongUse
from campaign_orchestrator.command_line.targets.http_routes_of_events import HttpAsking, http_asking
from campaign_orchestrator.command_line.targets.signed_requests import is_of_aws, signed_headers


@pytest.mark.parametrize(
    ("event", "method", "path"),
    [
        ({"action": "start", "campaignId": "c 1"}, "POST", "/campaigns/c%201/start"),
        ({"action": "status"}, "GET", "/status"),
        ({"action": "status", "campaignId": "c"}, "GET", "/campaigns/c"),
        ({"action": "status", "campaignIds": ["a", "b"]}, "GET", "/status?campaignIds=a&campaignIds=b"),
        ({"action": "history", "campaignId": "c"}, "GET", "/campaigns/c/history"),
        ({"action": "list", "statuses": ["active"], "limit": 5}, "GET", "/campaigns?statuses=active&limit=5"),
    ],
)
def test_a_request_without_a_body(event: dict[str, Any], method: str, path: str) -> None:
    assert http_asking(event) == HttpAsking(method=method, path=path, headers={}, body=None)


def test_the_key_is_a_header_and_the_actor_is_the_gateway_s_business() -> None:
    asking = http_asking(
        {"action": "stop", "campaignId": "c", "idempotencyKey": "k", "actor": "me", "reason": "because"}
    )
    assert asking.headers == {"idempotency-key": "k", "Content-Type": "application/json"}
    assert asking.body == b'{"reason": "because"}'


def test_reconcile_has_its_cursor_in_the_body() -> None:
    asking = http_asking({"action": "reconcile", "dryRun": True, "cursor": {"voice": None}})
    assert (asking.path, asking.body) == ("/reconcile", b'{"dryRun": true, "cursor": {"voice": null}}')


@pytest.mark.parametrize("event", [{"action": "dance"}, {"action": "start", "campaignId": "c", "expiresAt": "now"}])
def test_what_the_api_does_not_know_is_not_sent(event: dict[str, Any]) -> None:
    with pytest.raises(WrongUse):
        http_asking(event)


def test_addresses_of_aws_are_signed_for_their_region(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_REGION", raising=False)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "id-1")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "a secret")
    url = "https://abc.execute-api.eu-west-3.amazonaws.com/prod/status"
    assert is_of_aws(url)
    assert not is_of_aws("https://amazonaws.com.example.org/prod")
    headers = signed_headers("GET", url, {"Accept": "application/json"}, None)
    assert "Credential=id-1/" in headers["Authorization"]
    assert "/eu-west-3/execute-api/aws4_request" in headers["Authorization"]
    assert "a secret" not in str(headers)
