"""Campaigns to play with."""

import json
from typing import Any

import psycopg

LONG_CALLS = {"callSeconds": 600}
CAMPAIGNS: list[tuple[str, str, str, dict[str, Any]]] = [
    ("campaign_123", "Autumn reminder calls", "voice", LONG_CALLS),
    ("campaign_456", "Autumn reminder texts", "sms", {"messages": 2_000, "secondsPerBatch": 0.5}),
    ("campaign_789", "Survey with follow-up text", "hybrid", LONG_CALLS),
    ("campaign_short", "Three seconds of calls", "voice", {"callSeconds": 3}),
    ("campaign_broken", "Calls that fail", "voice", {"callSeconds": 0, "fail": True}),
    *((f"campaign_{n}", f"One of ten at once, number {n}", "voice", LONG_CALLS) for n in range(1, 11)),
]


def seed_campaigns(url: str) -> None:
    """Store the demo's campaigns, in the status draft."""
    with psycopg.connect(url, autocommit=True) as connection:
        for campaign_id, name, campaign_type, config in CAMPAIGNS:
            connection.execute(
                "INSERT INTO campaigns (id, name, type, config, timezone) VALUES (%s, %s, %s, %s, 'UTC')",
                (campaign_id, name, campaign_type, json.dumps(config)),
            )
