"""The names of the ledger's keys; those of the sets and of the details are the specification's own.

A key without braces is hashed whole, and a key with braces by what is inside them
(https://redis.io/docs/latest/operate/oss_and_stack/reference/cluster-spec/#hash-tags), so a key and its companion
fall into one slot of a cluster, where one script may use both; two pools, and a pool and a campaign, fall into
different ones.
"""

from functools import lru_cache
from typing import Final

from attrs import field, frozen

MOST_POOLS: Final = 64


class Key(str):
    """The name of a key, as opposed to an argument."""

    __slots__ = ()


@frozen
class PoolKeys:
    """The keys of one pool.

    Attributes:
        active: the set of campaign ids that hold a slot.
        runs: the hash of campaign id -> "run number, held or ended or settled, since when (milliseconds)".
    """

    pool: str
    active: Key = field(init=False)
    runs: Key = field(init=False)

    @active.default
    def _active(self) -> Key:
        return Key(f"campaign:type:{self.pool}:active")

    @runs.default
    def _runs(self) -> Key:
        return Key(f"{{{self.active}}}:runs")


pool_keys: Final = lru_cache(maxsize=MOST_POOLS)(PoolKeys)
"""The keys of a pool, which is one of a few."""


class DetailsKeys:
    """The keys of one campaign.

    Attributes:
        details: the JSON string with the details of the campaign's execution.
        ended: the string "run number, ended, since when (milliseconds)" of the newest ended run, for an hour.
    """

    __slots__ = ("details", "ended")

    def __init__(self, campaign_id: str) -> None:
        self.details = Key(f"campaign:execution:{campaign_id}")
        self.ended = Key(f"{{{self.details}}}:ended")


def details_key(campaign_id: str) -> str:
    """The JSON string with the details of a campaign's execution."""
    return DetailsKeys(campaign_id).details
