"""What the config of a voice or hybrid campaign says to its workflow."""

from collections.abc import Mapping
from typing import Any, Final

from attrs import frozen

HYBRID: Final = "hybrid"
CALLS_AT_ONCE: Final = 10
MOST_CALLS_AT_ONCE: Final = 500
CALL_SECONDS: Final = 300
MOST_CALL_SECONDS: Final = 3600
SECONDS_OF_A_LOOK: Final = 45
"""How long one Monitor task watches before it hands over to the next, if the environment does not say otherwise."""
EVENTS_OF_A_TASK: Final = 7
"""Of an execution's history: entered, scheduled, started, succeeded, exited, and the choice that follows it."""
SPARE_EVENTS: Final = 1_000
"""Validation, Report, and tasks that are tried again."""
MOST_EVENTS: Final = 25_000
"""An execution ends with more (https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html)."""


class InvalidCampaign(ValueError):
    """The campaign cannot be worked with; names the field and what is allowed, and quotes no text."""


@frozen(kw_only=True)
class VoiceCampaign:
    """``text``: sent during an answered call of a hybrid campaign, through ``topic_arn``."""

    calls_at_once: int
    max_call_seconds: int
    text: str | None = None
    topic_arn: str | None = None


def voice_campaign(order: Mapping[str, Any]) -> VoiceCampaign:
    """Read a dispatch input.

    Raises:
        InvalidCampaign: a field of it is missing or wrong.
    """
    config = order["config"]
    campaign = VoiceCampaign(
        calls_at_once=_number(config, "callsAtOnce", CALLS_AT_ONCE, MOST_CALLS_AT_ONCE),
        max_call_seconds=_number(config, "maxCallSeconds", CALL_SECONDS, MOST_CALL_SECONDS),
    )
    if order["campaignType"] != HYBRID:
        return campaign
    actions = order["smsActions"]
    text, topic = actions.get("message"), actions.get("topicArn")
    if not isinstance(text, str) or not text.strip():
        raise InvalidCampaign("config.smsActions.message must be a text")
    if not isinstance(topic, str):
        raise InvalidCampaign("smsActions.topicArn must be given, by SMS_ACTIONS_TOPIC_ARN or config.smsActions")
    return VoiceCampaign(
        calls_at_once=campaign.calls_at_once, max_call_seconds=campaign.max_call_seconds, text=text, topic_arn=topic
    )


def require_that_history_suffices(
    campaign: VoiceCampaign, contacts: int, *, seconds_of_a_look: int = SECONDS_OF_A_LOOK
) -> None:
    """Refuse what could outgrow an execution's history, however long each call takes.

    Raises:
        InvalidCampaign: with the least that callsAtOnce must be.
    """
    looks = -(-campaign.max_call_seconds // seconds_of_a_look) + 1
    batches = (MOST_EVENTS - SPARE_EVENTS) // ((looks + 1) * EVENTS_OF_A_TASK)
    if not batches:
        raise InvalidCampaign(f"config.maxCallSeconds is too long to be watched every {seconds_of_a_look} s")
    least = -(-contacts // batches)
    if campaign.calls_at_once < least:
        raise InvalidCampaign(
            f"config.callsAtOnce must be at least {least} for {contacts} contacts and "
            f"config.maxCallSeconds {campaign.max_call_seconds}"
        )


def _number(config: Mapping[str, Any], name: str, default: int, most: int) -> int:
    value = config.get(name, default)
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= most:
        raise InvalidCampaign(f"config.{name} must be a whole number from 1 to {most}")
    return value
