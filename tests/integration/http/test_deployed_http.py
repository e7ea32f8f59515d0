"""The API as API Gateway imports it, and the command queue, in front of the deployed function."""

from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis.checks import negative_data_rejection

from campaign_orchestrator.local.service_template import read_template
from serving.stack import Stack

WRITTEN = read_template("openapi.yaml")
API = schemathesis.openapi.from_dict({name: part for name, part in WRITTEN.items() if name != "security"})
"""LocalStack wants no signature."""


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
    campaigns: Stack, status: int, code: str, method: str, path: str, more: dict[str, Any]
) -> None:
    answered, body = campaigns.http(method, path, **more)
    assert (answered, body["errorCode"]) == (status, code)


@pytest.mark.parametrize("path", ["/campaigns/{campaignId}/start", "/campaigns/{campaignId}", "/status"])
def test_the_deployed_api_answers_as_documented(campaigns: Stack, path: str) -> None:
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
        response = case.call_and_validate(
            base_url=campaigns.deployment.http_address, excluded_checks=[negative_data_rejection]
        )
        assert response.status_code < 500

    ask_anything()


def test_queued_commands_are_carried_out_and_a_refused_one_comes_again_until_it_is_put_aside(
    campaigns: Stack,
) -> None:
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
        campaigns.queue(command)
    campaigns.wait_until(lambda: campaigns.status_of(stopped) == "cancelled", what="the stop is carried out")
    aside = campaigns.put_aside("CommandDeadLetterQueueUrl", lambda body: late in body or stopped in body)
    assert aside == [commands[0]]
    assert campaigns.status_of(late) == "draft"
    assert [entry["source"] for entry in campaigns.history(stopped)] == ["sqs"]
