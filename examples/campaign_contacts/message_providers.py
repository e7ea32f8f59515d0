"""The message provider that the environment names."""

import os

from campaign_contacts.database import pool
from campaign_contacts.message_provider import MessageProvider
from campaign_contacts.recorded_messages import RecordingMessageProvider
from campaign_contacts.sns_messages import SnsMessageProvider
from orchestrator_adapters.aws.clients import AwsSettings, LazyClient, make_client


def message_provider() -> MessageProvider:
    """By ``MESSAGE_PROVIDER``: ``sns``, which is the default, or ``recording``.

    Raises:
        ValueError: it names another.
    """
    name = os.environ.get("MESSAGE_PROVIDER") or "sns"
    if name == "recording":
        return RecordingMessageProvider(pool())
    if name == "sns":
        where = AwsSettings(region=os.environ["AWS_REGION"], endpoint_url=os.environ.get("AWS_ENDPOINT_URL"))
        return SnsMessageProvider(client=LazyClient(lambda: make_client("sns", where)))
    raise ValueError(f"MESSAGE_PROVIDER must be sns or recording, not {name[:40]!a}")
