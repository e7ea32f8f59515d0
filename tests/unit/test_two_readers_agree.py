"""What an action needs is read by hand, all else by a converter: both complain alike, of the same field first."""

from itertools import combinations
from typing import Any

import pytest
from attrs import frozen

from orchestrator_adapters.wire.event_reading import read_event
from orchestrator_adapters.wire.requests import action_command
from orchestrator_domain.errors import InvalidRequest

ABSENT = object()
VALUES: tuple[Any, ...] = (ABSENT, None, 1, True, 1.5, [], {"a": "b"})
FIELDS = ("campaignId", "idempotencyKey", "actor", "reason", "expiresAt", "unknown", "another\nunknown")


@frozen(kw_only=True)
class ActionEvent:
    """The shape of an action's event, as the converter would read it."""

    campaign_id: str
    action: str
    idempotency_key: str | None = None
    actor: str | None = None
    reason: str | None = None
    expires_at: str | None = None


def complaint_of(event: dict[str, Any], *, by_hand: bool) -> str | None:
    try:
        if by_hand:
            action_command(event, request_id="request", source="direct")
        else:
            read_event(event, ActionEvent)
    except InvalidRequest as invalid:
        return f"{invalid.field}: {invalid.message}"
    return None


@pytest.mark.parametrize(("one", "other"), list(combinations(FIELDS, 2)))
def test_they_complain_of_the_same_field_in_the_same_words(one: str, other: str) -> None:
    complaints = set()
    for first in VALUES:
        for second in VALUES:
            event: dict[str, Any] = {"action": "start", "campaignId": "campaign_1"}
            event |= {name: value for name, value in ((one, first), (other, second)) if value is not ABSENT}
            if "campaignId" in (one, other) and ABSENT in (first, second):
                event.pop("campaignId")
            complaint = complaint_of(event, by_hand=True)
            assert complaint == complaint_of(event, by_hand=False), event
            complaints.add(complaint)
    assert len(complaints) > 4
