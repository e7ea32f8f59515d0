"""Holders and moments, as they are written into Redis."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from json.encoder import encode_basestring_ascii
from typing import Final

from orchestrator_domain.pools import Holder

_JSON: Final = encode_basestring_ascii


def execution_details(holder: Holder) -> str:
    """The JSON under a campaign's details key, as ``json.dumps`` writes it, in a third of its time."""
    reference = holder.execution_reference
    return (
        f'{{"campaignId": {_JSON(holder.campaign_id)}, "campaignType": {_JSON(holder.campaign_type)},'
        f' "runNumber": {holder.run_number},'
        f' "executionArn": {"null" if reference is None else _JSON(reference)},'
        f' "startedAt": "{sortable(holder.since)}"}}'
    )


def holder_rows(holders: Sequence[Holder]) -> str:
    """Campaign id, run number and start of each; numbers as text, which no JSON reader rounds."""
    return json.dumps(
        [[holder.campaign_id, str(holder.run_number), str(milliseconds(holder.since))] for holder in holders]
    )


def milliseconds(instant: datetime) -> int:
    return int(instant.timestamp() * 1000)


def sortable(instant: datetime) -> str:
    """The instant in UTC: two of these texts sort as their instants do."""
    return instant.astimezone(UTC).isoformat()
