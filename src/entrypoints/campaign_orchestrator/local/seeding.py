"""Campaigns to play with."""

import json
from collections.abc import Mapping
from typing import Any, Final

import psycopg
from attrs import field, frozen

CALLED: Final = {"callSeconds": 3, "name": "neighbour"}
CALLS: Final = {"callsAtOnce": 2, "maxCallSeconds": 60}


@frozen(kw_only=True)
class SeededCampaign:
    """A campaign and its contacts, each of whom has the same variables."""

    campaign_id: str
    name: str
    campaign_type: str
    config: Mapping[str, Any]
    contacts: int = 100
    variables: Mapping[str, Any] = field(factory=dict)


CAMPAIGNS: Final = (
    SeededCampaign(
        campaign_id="campaign_123",
        name="Autumn reminder calls",
        campaign_type="voice",
        config=CALLS,
        variables=CALLED,
    ),
    SeededCampaign(
        campaign_id="campaign_456",
        name="Autumn reminder texts",
        campaign_type="sms",
        config={"message": "Dear $name, your appointment is on Monday.", "messagesPerSecond": 200},
        contacts=2_000,
        variables={"name": "neighbour"},
    ),
    SeededCampaign(
        campaign_id="campaign_789",
        name="Survey with follow-up text",
        campaign_type="hybrid",
        config={**CALLS, "smsActions": {"message": "Thank you, $name."}},
        variables=CALLED,
    ),
    SeededCampaign(
        campaign_id="campaign_short",
        name="Three calls",
        campaign_type="voice",
        config=CALLS,
        contacts=3,
        variables=CALLED,
    ),
    SeededCampaign(
        campaign_id="campaign_broken",
        name="More than can be called",
        campaign_type="voice",
        config={"callsAtOnce": 0},
    ),
    *(
        SeededCampaign(
            campaign_id=f"campaign_{number}",
            name=f"One of ten at once, number {number}",
            campaign_type="voice",
            config=CALLS,
            variables=CALLED,
        )
        for number in range(1, 11)
    ),
)


def seed_campaigns(url: str) -> None:
    """Store the demo's campaigns, in the status draft, and their contacts."""
    with psycopg.connect(url, autocommit=True) as connection:
        for one in CAMPAIGNS:
            connection.execute(
                "INSERT INTO campaigns (id, name, type, config, timezone) VALUES (%s, %s, %s, %s, 'UTC')",
                (one.campaign_id, one.name, one.campaign_type, json.dumps(one.config)),
            )
            connection.execute(
                "INSERT INTO campaign_contacts (campaign_id, contact_id, phone, variables)"
                " SELECT %s, 'contact-' || n, '+1555' || lpad(n::text, 7, '0'), %s FROM generate_series(1, %s) n",
                (one.campaign_id, json.dumps(one.variables), one.contacts),
            )
