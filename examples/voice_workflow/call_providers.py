"""The call provider that the environment names."""

import os

from campaign_contacts.database import pool
from orchestrator_adapters.aws.clients import AwsSettings, LazyClient, make_client
from voice_workflow.call_provider import CallProvider
from voice_workflow.connect_calls import ConnectCallProvider
from voice_workflow.recorded_calls import RecordingCallProvider


def call_provider() -> CallProvider:
    """By ``CALL_PROVIDER``: ``connect``, which is the default and needs its variables, or ``recording``.

    Raises:
        ValueError: it names another.
        KeyError: a variable is missing.
    """
    name = os.environ.get("CALL_PROVIDER") or "connect"
    if name == "recording":
        return RecordingCallProvider(pool())
    if name == "connect":
        return ConnectCallProvider(
            client=LazyClient(lambda: make_client("connect", aws_settings())),
            instance_id=os.environ["CONNECT_INSTANCE_ID"],
            contact_flow_id=os.environ["CONNECT_CONTACT_FLOW_ID"],
            source_phone=os.environ["CONNECT_SOURCE_PHONE_NUMBER"],
        )
    raise ValueError(f"CALL_PROVIDER must be connect or recording, not {name[:40]!a}")


def aws_settings() -> AwsSettings:
    """Where AWS is."""
    return AwsSettings(region=os.environ["AWS_REGION"], endpoint_url=os.environ.get("AWS_ENDPOINT_URL"))
