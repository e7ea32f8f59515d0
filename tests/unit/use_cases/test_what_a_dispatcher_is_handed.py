"""The very bytes and the very name that a dispatcher is handed, and what an embedding service may import."""

import pytest

import orchestrator_domain
from asking.requests import ROUTES
from orchestrator_domain.dispatch_input import dispatch_input
from orchestrator_domain.execution_name import execution_name


def test_the_input_is_compact_json_in_utf_8() -> None:
    route = ROUTES.by_type["hybrid"]
    made = dispatch_input(
        route=route,
        campaign_id="c",
        campaign_name="Frühling",
        config={"smsActions": {"template": "own"}},
        timezone=None,
        run_id="r",
        run_number=2,
        resumed_from=1,
    )
    assert made.decode() == (
        '{"smsActions":{"topicArn":"arn:topic","template":"own"},"campaignId":"c","campaignName":"Frühling",'
        '"campaignType":"hybrid","config":{"smsActions":{"template":"own"}},"timezone":null,"runId":"r",'
        '"runNumber":2,"resumedFrom":1}'
    )


def test_each_character_that_a_name_cannot_hold_becomes_one_dash() -> None:
    assert execution_name("a.b c/d", 3, "0123456789") == "a-b-c-d-3-01234567"


def test_the_domain_has_the_names_that_it_lists_and_no_others() -> None:
    assert all(getattr(orchestrator_domain, name).__name__ == name for name in orchestrator_domain.__all__)
    with pytest.raises(AttributeError, match=r"^module 'orchestrator_domain' has no attribute 'Nothing'$"):
        orchestrator_domain.Nothing  # noqa: B018
