"""A Lambda function that takes ``campaignId`` and ``batchSize`` and sends the campaign's texts.

It claims no run, leases no batch and reports nothing. It looks at the campaign's status before each batch, and sets
it to ``completed`` or ``failed`` at the end. What cannot be promised with it is in docs/dispatchers.md.
"""

from collections.abc import Mapping
from functools import cache
from typing import Any

from campaign_contacts.database import pool
from campaign_contacts.message_providers import message_provider
from plain_sms_dispatcher.campaign_rows import CampaignRows
from plain_sms_dispatcher.plain_dispatcher import PlainDispatcher


@cache
def dispatcher() -> PlainDispatcher:
    """One for the process: connections are kept between invocations."""
    return PlainDispatcher(rows=CampaignRows(pool()), provider=message_provider())


def handler(event: Mapping[str, Any], _: object) -> dict[str, Any]:
    """Send until nobody is left, or the campaign is not active any more.

    An exception fails the invocation: Lambda delivers the event again, and at last tells its failure destination.
    """
    return {"ended": dispatcher().work(event["campaignId"], batch_size=event["batchSize"])}
