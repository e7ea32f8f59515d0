"""Makes a pool's ledger equal to the holders that the repository saw."""

import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from orchestrator_adapters.redis import scripts
from orchestrator_adapters.redis.holder_values import execution_details, holder_rows, milliseconds, sortable
from orchestrator_adapters.redis.keys import DetailsKeys, pool_keys
from orchestrator_adapters.redis.lua_door import ScriptCall
from orchestrator_adapters.redis.sending import Conversation
from orchestrator_domain.pools import Holder
from orchestrator_domain.ports.slot_ledger import LedgerDrift

MARGIN: Final = timedelta(seconds=5)
BELIEVED_AHEAD: Final = timedelta(hours=1)
"""An entry that is further ahead of the repository's picture was forged: no picture arrives an hour late."""


def rebuild(talk: Conversation, pool: str, holders: Sequence[Holder], as_of: datetime) -> LedgerDrift:
    """The set, the hash and the details of those who hold a slot; then what is left of those who hold none."""
    known_before, believed_until = as_of - MARGIN, as_of + BELIEVED_AHEAD
    keys = pool_keys(pool)
    shown = scripts.rebuild(
        active=keys.active,
        runs=keys.runs,
        holders=holder_rows(holders),
        known_before=milliseconds(known_before),
        believed_until=milliseconds(believed_until),
    )
    details = [_rebuilt_details(holder, known_before, believed_until) for holder in holders]
    (added, removed, left), *_ = talk.send([shown, *details])
    unsettled = list(zip(left[::2], left[1::2], strict=True))
    if unsettled:
        talk.send([_dropped_details(campaign_id, entry) for campaign_id, entry in unsettled])
        # Only now: were it sent along, a cluster's node could have done it while the details' node is away.
        talk.send([scripts.settle(runs=keys.runs, entries=json.dumps(unsettled))])
    return LedgerDrift(added=tuple(added), removed=tuple(removed))


def _rebuilt_details(holder: Holder, known_before: datetime, believed_until: datetime) -> ScriptCall:
    campaign = DetailsKeys(holder.campaign_id)
    return scripts.rebuild_details(
        details=campaign.details,
        ended=campaign.ended,
        run_number=holder.run_number,
        content=execution_details(holder),
        known_before=milliseconds(known_before),
        believed_until=milliseconds(believed_until),
        started_after=sortable(known_before),
        started_until=sortable(believed_until),
    )


def _dropped_details(campaign_id: str, entry: str) -> ScriptCall:
    run_number = int(entry.partition(" ")[0])
    return scripts.drop_details(details=DetailsKeys(campaign_id).details, run_number=run_number)
