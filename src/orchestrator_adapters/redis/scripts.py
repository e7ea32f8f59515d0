"""The ledger's Lua scripts, one door each; nobody else counts keys or arguments."""

from orchestrator_adapters.redis.keys import Key
from orchestrator_adapters.redis.lua_door import script


@script("read_pool")
def read_pool(*, active: Key) -> None:
    """The campaigns that a pool's set shows."""


@script("record", "entry", "ours", "remembered", "now", "forget_some")
def record(*, active: Key, runs: Key, campaign_id: str, run_number: int, since: int) -> None:
    """Show that a run holds a slot, ``since`` when in milliseconds. Answers how many hold one."""


@script("release", "entry", "ours", "remembered", "now", "forget_some")
def release(*, active: Key, runs: Key, campaign_id: str, run_number: int) -> None:
    """Show that a run holds no slot. Answers how many hold one."""


@script("rebuild", "entry", "only", "remembered", "now")
def rebuild(*, active: Key, runs: Key, holders: str, known_before: int, believed_until: int) -> None:
    """Make a pool's set and hash equal to ``holders``. Answers ids added, ids removed, ids and entries left."""


@script("settle", "entry", "ours", "remembered", "now")
def settle(*, runs: Key, entries: str) -> None:
    """Note that the details are gone of runs that ``rebuild`` has told of, each with its entry."""


@script("record_details", "entry", "ours", "run_shown")
def record_details(*, details: Key, ended: Key, run_number: int, content: str) -> None:
    """Show the details of a run's execution."""


@script("release_details", "entry", "ours", "remembered", "now", "run_shown")
def release_details(*, details: Key, ended: Key, run_number: int) -> None:
    """Remove the details of a run that has ended."""


@script("rebuild_details", "entry", "ours", "run_shown")
def rebuild_details(
    *,
    details: Key,
    ended: Key,
    run_number: int,
    content: str,
    known_before: int,
    believed_until: int,
    started_after: str,
    started_until: str,
) -> None:
    """Show the details of a run that the repository saw holding a slot."""


@script("drop_details", "only", "run_shown")
def drop_details(*, details: Key, run_number: int) -> None:
    """Remove the details of a run that a rebuild found without a slot."""
