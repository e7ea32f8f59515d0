"""What a pool's limits and halts are asked to be, and what is decided."""

from collections.abc import Mapping
from enum import StrEnum

from attrs import field, frozen

from orchestrator_domain.commands import Origin
from orchestrator_domain.decisions import RequestKey
from orchestrator_domain.value import Value


@frozen(kw_only=True, eq=False, repr=False)
class PoolRequest(Value):
    """Asks for other limits and halts; all of them are made by one commit, or none is.

    Attributes:
        limits: the limit of each pool that is to have another one; None returns to each process's default.
        halts: the reason for which each of these pools is to be halted; None lifts the halt.
        key: any number of requests with the same key are one; None: it is one of its own.
    """

    origin: Origin
    limits: Mapping[str, int | None] = field(factory=dict)
    halts: Mapping[str, str | None] = field(factory=dict)
    key: RequestKey | None = None


class PoolVerdict(StrEnum):
    """DONE: it is so now. REPLAYED: it was done by an earlier delivery, and may have been changed since.
    KEY_REUSED: the key belongs to another request on one of the pools; nothing was done."""

    DONE = "done"
    REPLAYED = "replayed"
    KEY_REUSED = "key_reused"
