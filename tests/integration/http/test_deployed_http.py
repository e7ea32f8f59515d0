"""The API as API Gateway imports it, and the command queue, in front of the deployed function."""

import json
from typing import Any

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis.checks import negative_data_rejection

from serving.deployed import Deployed
from serving.gateway import CONTRACT, Gateway, open_gateway

API = schemathesis.openapi.from_path(CONTRACT)
_open: dict[str, Gateway] = {}


@pytest.fixture
def gateway(campaigns: Deployed) -> Gateway:
    """Opened once for each LocalStack."""
    endpoint = campaigns.aws.endpoint_url
    if endpoint not in _open:
        _open[endpoint] = open_gateway(campaigns.aws)
    return _open[endpoint]


def ask(gateway: Gateway, method: str, path: str, **more: Any) -> tuple[int, dict[str, Any]]:
    answer = requests.request(method, gateway.url + path, timeout=60, **more)
    return answer.status_code, answer.json()


def test_a_campaign_is_run_over_http(campaigns: Deployed, gateway: Gateway) -> None:
    campaign = campaigns.put_campaign("voice")
    key = {"Idempotency-Key": "first"}
    status, started = ask(gateway, "POST", f"/campaigns/{campaign}/start", headers=key, json={"reason": "now"})
    assert (status, started["success"]) == (200, True)
    assert campaigns.execution_of(started) == "RUNNING"
    assert ask(gateway, "POST", f"/campaigns/{campaign}/start", headers=key) == (200, started)
    assert ask(gateway, "POST", f"/campaigns/{campaign}/start")[0] == 409
    assert ask(gateway, "GET", f"/campaigns/{campaign}")[1]["run"]["runId"] == started["runId"]
    assert ask(gateway, "GET", "/status")[1]["pools"]["voice"]["activeCampaignIds"] == [campaign]
    assert ask(gateway, "POST", f"/campaigns/{campaign}/stop")[0] == 200
    history = ask(gateway, "GET", f"/campaigns/{campaign}/history")[1]["history"]
    assert {entry["source"] for entry in history} == {"http"}
    assert ask(gateway, "POST", "/reconcile", json={"dryRun": True})[1]["dryRun"] is True


@pytest.mark.parametrize(
    ("status", "code", "method", "path", "more"),
    [
        (404, "campaign_not_found", "POST", "/campaigns/nobody/start", {}),
        (405, "method_not_allowed", "DELETE", "/campaigns/nobody", {}),
        (400, "invalid_request", "POST", "/campaigns/a%0Ab/start", {}),
        (400, "invalid_request", "POST", "/campaigns/nobody/start", {"json": {"detail": {}}}),
        (413, "payload_too_large", "POST", "/campaigns/nobody/start", {"json": {"reason": "x" * 20_000}}),
        (415, "unsupported_media_type", "POST", "/campaigns/nobody/start", {"data": b"{}"}),
    ],
)
def test_what_is_refused_has_its_status_behind_the_gateway_too(
    gateway: Gateway, status: int, code: str, method: str, path: str, more: dict[str, Any]
) -> None:
    answered, body = ask(gateway, method, path, **more)
    assert (answered, body["errorCode"]) == (status, code)


@pytest.mark.parametrize("path", ["/campaigns/{campaignId}/start", "/campaigns/{campaignId}", "/status"])
def test_the_deployed_api_answers_as_documented(campaigns: Deployed, gateway: Gateway, path: str) -> None:
    known = [
        campaigns.put_campaign(kind, status=status) for kind in ("voice", "sms") for status in ("draft", "failed")
    ]
    method = "POST" if path.endswith("start") else "GET"

    @settings(
        max_examples=12,
        deadline=None,
        phases=[Phase.generate],
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(case=API[path][method].as_strategy(), campaign=st.sampled_from(known), is_known=st.booleans())
    def ask_anything(case: Any, campaign: str, is_known: bool) -> None:
        if is_known and case.path_parameters:
            case.path_parameters["campaignId"] = campaign
        response = case.call_and_validate(base_url=gateway.url, excluded_checks=[negative_data_rejection])
        assert response.status_code < 500

    ask_anything()


def test_queued_commands_are_carried_out_and_a_refused_one_comes_again_until_it_is_put_aside(
    campaigns: Deployed, gateway: Gateway
) -> None:
    sqs = campaigns.aws.client("sqs")
    holders = [campaigns.put_campaign("voice") for _ in range(5)]
    late = campaigns.put_campaign("voice")
    for campaign in holders:
        assert campaigns.ask("start", campaign)["success"]
    stopped = campaigns.put_campaign("sms")
    commands: list[Any] = [
        {"campaignId": late, "action": "start"},
        {"campaignId": stopped, "action": "stop"},
        {"source": "aws.states", "detail-type": "Step Functions Execution Status Change", "detail": {"name": "x"}},
    ]
    for command in commands:
        sqs.send_message(QueueUrl=gateway.queue_url, MessageBody=json.dumps(command))
    campaigns.wait_until(lambda: campaigns.status_of(stopped) == "cancelled", what="the stop is carried out")
    put_aside: list[Any] = []

    def is_put_aside() -> bool:
        found = sqs.receive_message(QueueUrl=gateway.dead_letter_url, WaitTimeSeconds=1).get("Messages", [])
        put_aside.extend(found)
        return bool(put_aside)

    campaigns.wait_until(is_put_aside, what="the start that met a full pool is put aside")
    assert [json.loads(message["Body"]) for message in put_aside] == [commands[0]]
    assert campaigns.status_of(late) == "draft"
    for message in put_aside:
        sqs.delete_message(QueueUrl=gateway.dead_letter_url, ReceiptHandle=message["ReceiptHandle"])
