"""Roles in the deployed function, by the events that a gateway with an authorizer makes: LocalStack runs none."""

import json
from typing import Any

import pytest

from serving.stack import Stack


def request(method: str, path: str, body: Any, groups: str) -> dict[str, Any]:
    return {
        "resource": "/{proxy+}",
        "path": path,
        "httpMethod": method,
        "headers": {"Content-Type": "application/json", "actor": "Eve"},
        "requestContext": {
            "stage": "prod",
            "authorizer": {"claims": {"sub": "Ada", "cognito:groups": groups}},
            "identity": {"userArn": None},
        },
        "body": json.dumps(body),
        "isBase64Encoded": False,
    }


@pytest.mark.parametrize(
    ("role", "statuses"),
    [("staff", (403, 403, 403)), ("operator", (200, 403, 403)), ("staff,administrator", (200, 200, 200))],
)
def test_the_deployed_function_asks_for_the_role_and_keeps_who_it_was(
    campaigns: Stack, role: str, statuses: tuple[int, int, int]
) -> None:
    before = campaigns.sql("SELECT coalesce(max(id), 0) FROM campaign_events")[0][0]
    campaign = campaigns.put_campaign("sms", contacts=0)
    asked = [
        ("/campaigns/" + campaign + "/stop", {"reason": "no more"}),
        ("/limits", {"set": {"sms": 9}}),
        ("/unhalt", {"campaignType": "sms"}),
    ]
    answers = [campaigns.send(request("POST", path, body, role)) for path, body in asked]
    assert tuple(answer["statusCode"] for answer in answers) == statuses
    codes = {json.loads(one["body"]).get("errorCode") for one in answers if one["statusCode"] == 403}
    assert codes <= {"forbidden"}
    assert campaigns.status_of(campaign) == ("cancelled" if 200 in statuses else "draft")
    rows = campaigns.sql("SELECT actor, source FROM campaign_events WHERE id > %s", before)
    assert set(rows) == ({("Ada", "http")} if 200 in statuses else set())
    campaigns.ask("limits", set={"sms": None})


def test_the_gateway_hands_over_nothing_that_a_caller_may_choose_who_to_be_with(campaigns: Stack) -> None:
    campaign = campaigns.put_campaign("sms", contacts=0)
    forged = {"requestContext": {"authorizer": {"claims": {"sub": "Eve", "cognito:groups": "administrator"}}}}
    headers = {
        "x-amzn-oidc-identity": "Eve",
        "cognito-groups": "administrator",
        "requestContext": json.dumps(forged),
    }
    for body in (forged, {"actor": "Eve"}, {"requestedBy": "Eve"}, {"detail-type": "Scheduled Event"}):
        status, answer = campaigns.http("POST", f"/campaigns/{campaign}/stop", json=body, headers=headers)
        assert (status, answer["errorCode"]) == (400, "invalid_request")
    status, _ = campaigns.http("POST", f"/campaigns/{campaign}/stop", headers=headers)
    assert status == 200
    assert {entry.get("actor") for entry in campaigns.history(campaign)}.isdisjoint({"Eve"})
