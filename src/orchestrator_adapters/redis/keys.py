"""The names of the ledger's keys; the first and the last are the specification's own."""

from attrs import frozen


@frozen
class PoolKeys:
    """The keys of one pool.

    A key without braces is hashed whole, and a key with braces by what is inside them
    (https://redis.io/docs/latest/operate/oss_and_stack/reference/cluster-spec/#hash-tags), so both keys of a pool
    fall into one slot of a cluster, where one script may use them, and two pools fall into different ones.
    """

    pool: str

    @property
    def active(self) -> str:
        """The set of campaign ids that hold a slot."""
        return f"campaign:type:{self.pool}:active"

    @property
    def runs(self) -> str:
        """The hash of campaign id -> "run number, held or ended, since when (milliseconds)"."""
        return f"{{{self.active}}}:runs"


def details_key(campaign_id: str) -> str:
    """The JSON string with the details of a campaign's execution."""
    return f"campaign:execution:{campaign_id}"
