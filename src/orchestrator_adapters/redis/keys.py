"""The names of the ledger's keys; those of the sets and of the details are the specification's own.

A key without braces is hashed whole, and a key with braces by what is inside them
(https://redis.io/docs/latest/operate/oss_and_stack/reference/cluster-spec/#hash-tags), so a key and its companion
fall into one slot of a cluster, where one script may use both; two pools, and a pool and a campaign, fall into
different ones.
"""

from attrs import frozen


class Key(str):
    """The name of a key, as opposed to an argument."""

    __slots__ = ()


@frozen
class PoolKeys:
    """The keys of one pool."""

    pool: str

    @property
    def active(self) -> Key:
        """The set of campaign ids that hold a slot."""
        return Key(f"campaign:type:{self.pool}:active")

    @property
    def runs(self) -> Key:
        """The hash of campaign id -> "run number, held or ended, since when (milliseconds)"."""
        return Key(f"{{{self.active}}}:runs")


@frozen
class DetailsKeys:
    """The keys of one campaign."""

    campaign_id: str

    @property
    def details(self) -> Key:
        """The JSON string with the details of the campaign's execution."""
        return Key(f"campaign:execution:{self.campaign_id}")

    @property
    def ended(self) -> Key:
        """The string "run number, ended, since when (milliseconds)" of the newest ended run, for an hour."""
        return Key(f"{{{self.details}}}:ended")


def details_key(campaign_id: str) -> str:
    """The JSON string with the details of a campaign's execution."""
    return DetailsKeys(campaign_id).details
