"""One typed door for each Lua script; nobody else counts keys or arguments."""

import hashlib
import json
from collections.abc import Sequence
from datetime import datetime
from functools import cache
from importlib.resources import files
from typing import Any

from attrs import field, frozen

from orchestrator_adapters.redis.keys import PoolKeys, details_key
from orchestrator_domain.pools import Holder
from orchestrator_domain.ports.slot_ledger import LedgerDrift


@frozen
class Script:
    """A Lua script, known to the server by its SHA-1 once it was sent."""

    text: str
    sha1: str = field(init=False)

    @sha1.default
    def _digest(self) -> str:
        return hashlib.sha1(self.text.encode(), usedforsecurity=False).hexdigest()

    def run(self, client: Any, keys: Sequence[str], arguments: Sequence[str | int]) -> Any:
        """Run the script; it is sent whole only to a server that does not know it."""
        from redis.exceptions import NoScriptError

        try:
            return client.evalsha(self.sha1, len(keys), *keys, *arguments)
        except NoScriptError:
            return client.eval(self.text, len(keys), *keys, *arguments)


@cache
def script(name: str) -> Script:
    """The script in ``lua/NAME.lua``."""
    return Script((files("orchestrator_adapters.redis") / "lua" / f"{name}.lua").read_text(encoding="utf-8"))


@frozen
class Written:
    """What came of a write: whether it was taken in, and how many hold a slot."""

    taken_in: bool
    holders: int


def record(client: Any, pool: str, holder: Holder, *, with_details: bool) -> Written:
    """Show that ``holder`` holds a slot. ``with_details``: one node holds all keys."""
    keys = _keys(pool, holder.campaign_id, with_details=with_details)
    arguments: list[str | int] = [
        holder.campaign_id,
        holder.run_number,
        milliseconds(holder.since),
        details(holder),
    ]
    return _written(script("record").run(client, keys, arguments))


def release(client: Any, pool: str, campaign_id: str, run_number: int, *, with_details: bool) -> Written:
    """Show that a run holds no slot. ``with_details``: one node holds all keys."""
    keys = _keys(pool, campaign_id, with_details=with_details)
    return _written(script("release").run(client, keys, [campaign_id, run_number]))


def rebuild(client: Any, pool: str, holders: Sequence[Holder], as_of: datetime) -> LedgerDrift:
    """Make the pool's set and hash equal to ``holders``."""
    arguments: list[str | int] = [milliseconds(as_of)]
    for holder in holders:
        arguments += [holder.campaign_id, holder.run_number, milliseconds(holder.since)]
    names = PoolKeys(pool)
    added, removed = script("rebuild").run(client, [names.active, names.runs], arguments)
    return LedgerDrift(added=tuple(added), removed=tuple(removed))


def details(holder: Holder) -> str:
    """The JSON under a campaign's details key."""
    return json.dumps(
        {
            "campaignId": holder.campaign_id,
            "campaignType": holder.campaign_type,
            "runNumber": holder.run_number,
            "executionArn": holder.execution_reference,
            "startedAt": holder.since.isoformat(),
        }
    )


def milliseconds(instant: datetime) -> int:
    return int(instant.timestamp() * 1000)


def _keys(pool: str, campaign_id: str, *, with_details: bool) -> list[str]:
    names = PoolKeys(pool)
    return [names.active, names.runs, *([details_key(campaign_id)] if with_details else [])]


def _written(answer: Sequence[int]) -> Written:
    taken_in, holders = answer
    return Written(bool(taken_in), int(holders))
