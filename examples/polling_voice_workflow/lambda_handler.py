"""The task of the workflow: one look at the campaign and its calls. Its event is the dispatch input."""

from collections.abc import Mapping
from functools import cache
from typing import Any

from campaign_contacts.database import pool
from polling_voice_workflow.campaign_calls import CampaignCalls
from polling_voice_workflow.look import Look
from voice_workflow.call_providers import call_provider


@cache
def look() -> Look:
    """One for the process: connections are kept between invocations."""
    return Look(calls=CampaignCalls(pool()), provider=call_provider())


def handler(event: Mapping[str, Any], _: object) -> dict[str, str]:
    """Where the workflow is to go next: Wait, Completed, Failed or Left."""
    return {"next": look().at(event["campaignId"])}
