"""Sends one text for each message of the topic, and each text once."""

import json
from collections.abc import Mapping
from functools import cache
from typing import Any

from campaign_contacts.database import pool
from campaign_contacts.message_providers import message_provider
from text_during_call.text_sender import TextSender


@cache
def _text_sender() -> TextSender:
    return TextSender(pool=pool(), provider=message_provider())


def handler(event: Mapping[str, Any], _: object) -> dict[str, Any]:
    """Handle the event of an SNS subscription. An exception makes Lambda deliver it again."""
    asked = [json.loads(record["Sns"]["Message"]) for record in event["Records"]]
    sender = _text_sender()
    return {"texts": [sender.send(one["campaignId"], one["contactId"], one["message"]) for one in asked]}
