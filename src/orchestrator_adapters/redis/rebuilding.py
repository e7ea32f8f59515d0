"""Makes a pool's ledger equal to the holders that the repository saw."""

import json
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Final, TypeVar

from orchestrator_adapters.redis import scripts
from orchestrator_adapters.redis.holder_values import execution_details, holder_rows, milliseconds, sortable
from orchestrator_adapters.redis.keys import DetailsKeys, pool_keys
from orchestrator_adapters.redis.lua_door import ScriptCall
from orchestrator_adapters.redis.sending import Conversation
from orchestrator_domain.pools import Holder
from orchestrator_domain.ports.slot_ledger import LedgerDrift

Item = TypeVar("Item")

MARGIN: Final = timedelta(seconds=5)
BELIEVED_AHEAD: Final = timedelta(hours=1)
"""An entry that is further ahead of the repository's picture was forged: no picture arrives an hour late."""

PART: Final = 500
"""Campaigns whose details are sent together. Between two parts it is seen whether there is time left."""


def rebuild(talk: Conversation, pool: str, holders: Sequence[Holder], as_of: datetime) -> LedgerDrift:
    """The set, the hash and the details of those who hold a slot; then what is left of those who hold none.

    Details go in parts, so that the call ends in its time however many there are. The set is right by then; and as
    each rebuild begins with another part, all of them have their turn.
    """
    known_before, believed_until = as_of - MARGIN, as_of + BELIEVED_AHEAD
    keys = pool_keys(pool)
    shown = scripts.rebuild(
        active=keys.active,
        runs=keys.runs,
        holders=holder_rows(holders),
        known_before=milliseconds(known_before),
        believed_until=milliseconds(believed_until),
    )
    first, *others = _from_any(list(_parts(holders)), as_of) or [()]
    (added, removed, left), *_ = talk.send([shown, *_rebuilt_details(first, known_before, believed_until)])
    for unsettled in _parts(list(zip(left[::2], left[1::2], strict=True))):
        talk.send([_dropped_details(campaign_id, entry) for campaign_id, entry in unsettled])
        # Only now: were it sent along, a cluster's node could have done it while the details' node is away.
        talk.send([scripts.settle(runs=keys.runs, entries=json.dumps(unsettled))])
    for part in others:
        talk.send(_rebuilt_details(part, known_before, believed_until))
    return LedgerDrift(added=tuple(added), removed=tuple(removed))


def _parts(items: Sequence[Item]) -> Iterator[Sequence[Item]]:
    return (items[place : place + PART] for place in range(0, len(items), PART))


def _from_any(parts: Sequence[Item], as_of: datetime) -> Sequence[Item]:
    """``parts``, beginning with any of them. The moment decides: its microseconds are as good as chance."""
    place = as_of.microsecond % len(parts) if parts else 0
    return [*parts[place:], *parts[:place]]


def _rebuilt_details(
    holders: Sequence[Holder], known_before: datetime, believed_until: datetime
) -> Sequence[ScriptCall]:
    bounds = (
        milliseconds(known_before),
        milliseconds(believed_until),
        sortable(known_before),
        sortable(believed_until),
    )
    return [_details_of(holder, *bounds) for holder in holders]


def _details_of(
    holder: Holder, known_before: int, believed_until: int, started_after: str, started_until: str
) -> ScriptCall:
    campaign = DetailsKeys(holder.campaign_id)
    return scripts.rebuild_details(
        details=campaign.details,
        ended=campaign.ended,
        run_number=holder.run_number,
        content=execution_details(holder),
        known_before=known_before,
        believed_until=believed_until,
        started_after=started_after,
        started_until=started_until,
    )


def _dropped_details(campaign_id: str, entry: str) -> ScriptCall:
    run_number = int(entry.partition(" ")[0])
    return scripts.drop_details(details=DetailsKeys(campaign_id).details, run_number=run_number)
