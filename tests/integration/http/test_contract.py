"""The running API keeps to deploy/openapi.yaml, whatever it is asked: thousands of generated requests."""

import os
from itertools import count
from typing import Any

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode

from campaign_orchestrator.local.service_template import read_template
from serving.http_api import HttpApi

WRITTEN = read_template("openapi.yaml")
CONTRACT = schemathesis.openapi.from_dict({name: part for name, part in WRITTEN.items() if name != "security"})
"""No gateway is in front that would want a signature."""
OPERATIONS = {
    f"{method.upper()} {path}": CONTRACT[path][method.upper()]
    for path in CONTRACT
    for method in CONTRACT[path]
    if method in ("get", "post", "GET", "POST")
}
KEY = "Idempotency-Key"
OF_POOLS = {"POST /halt", "POST /unhalt", "GET /limits", "POST /limits"}
"""They have no campaigns in all their plights to meet, so they are asked a third as often."""
MODES = {GenerationMode.POSITIVE: "valid", GenerationMode.NEGATIVE: "invalid"}
ASKED = [
    (operation, mode)
    for operation in OPERATIONS
    for mode in MODES
    if (operation, mode) != ("GET /limits", GenerationMode.NEGATIVE)  # which takes nothing that could be invalid
]
REQUESTS = int(os.environ.get("ORCHESTRATOR_HTTP_REQUESTS", "110"))
"""Of each operation, valid and invalid; `make http-requests N=...` sets it."""


def test_every_route_is_documented_and_every_documented_operation_is_a_route() -> None:
    from orchestrator_adapters.wire.http_routes import ROUTES

    assert {f"{route.method} {route.path}" for route in ROUTES} == set(OPERATIONS)


@pytest.mark.parametrize(("operation", "mode"), ASKED, ids=[f"{name}-{MODES[mode]}" for name, mode in ASKED])
def test_whatever_is_asked_the_answer_is_documented(
    http_api: HttpApi, operation: str, mode: GenerationMode
) -> None:
    session, numbers = requests.Session(), count()

    @settings(
        max_examples=REQUESTS // 3 if operation in OF_POOLS else REQUESTS,
        deadline=None,
        phases=[Phase.generate],
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(
        case=OPERATIONS[operation].as_strategy(mode),
        campaign=st.sampled_from(http_api.campaigns),
        known=st.booleans(),
        fresh=st.integers(0, 3),
    )
    def ask(case: Any, campaign: str, known: bool, fresh: int) -> None:
        if mode is GenerationMode.POSITIVE and known and case.path_parameters:
            case.path_parameters["campaignId"] = campaign
        if fresh == 0:
            http_api.put(campaign, *campaign.split("_"))
        if mode is GenerationMode.POSITIVE and not case.path_parameters and KEY in case.headers:
            # On the pools another body is another request, and a key that comes again with one is refused.
            case.headers[KEY] = f"{case.headers[KEY][:200]}{next(numbers)}"
        response = case.call_and_validate(base_url=http_api.url, session=session)
        assert response.status_code < 500

    try:
        ask()
    finally:
        session.close()
