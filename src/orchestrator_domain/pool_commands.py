"""What is asked of the pools."""

import hashlib
import json
from collections.abc import Mapping
from datetime import datetime
from typing import Final

from attrs import field, frozen

from orchestrator_domain.commands import (
    Origin,
    require_campaign_id,
    require_idempotency_key,
    require_offset,
    require_unexpired,
)
from orchestrator_domain.decisions import RequestKey
from orchestrator_domain.errors import InvalidRequest
from orchestrator_domain.pools import LARGEST_LIMIT, Pools
from orchestrator_domain.value import Value

ALL: Final = "all"


@frozen(kw_only=True, eq=False, repr=False)
class PoolCommand(Value):
    """What the commands have in common.

    Attributes:
        idempotency_key: any number of deliveries with the same key are one request; unique per pool.
        expires_at: after this instant it is refused, unless it halts; None: it never expires.
    """

    idempotency_key: str
    origin: Origin
    expires_at: datetime | None = None

    def __attrs_post_init__(self) -> None:
        require_offset(self.expires_at)
        require_idempotency_key(self.idempotency_key)

    def require_unexpired(self, now: datetime) -> None:
        """Raise RequestExpired when the command comes too late."""
        require_unexpired(self.expires_at, now)

    def _key(self, content: str) -> RequestKey:
        return RequestKey(key=self.idempotency_key, content_hash=hashlib.sha256(content.encode()).hexdigest())


@frozen(kw_only=True, eq=False, repr=False)
class HaltCommand(PoolCommand):
    """Stop everything of one channel, or of all.

    Attributes:
        campaign_type: the name of a pool, or "all".
        reason: why; whoever is refused because of it is told.
        cursor: where an earlier answer has ended, by pool; None: from the start.
    """

    campaign_type: str
    reason: str
    cursor: Mapping[str, str | None] | None = None

    def __attrs_post_init__(self) -> None:
        super().__attrs_post_init__()
        for behind in (self.cursor or {}).values():
            if behind is not None:
                require_campaign_id(behind, field="cursor")

    def require_unexpired(self, now: datetime) -> None:
        """A halt never comes too late: not to halt is never safer."""

    @property
    def key(self) -> RequestKey:
        return self._key(f"halt\n{self.campaign_type}")


@frozen(kw_only=True, eq=False, repr=False)
class UnhaltCommand(PoolCommand):
    """Lift the halt of one channel, or of all. ``campaign_type``: the name of a pool, or "all"."""

    campaign_type: str

    @property
    def key(self) -> RequestKey:
        return self._key(f"unhalt\n{self.campaign_type}")


@frozen(kw_only=True, eq=False, repr=False)
class LimitsCommand(PoolCommand):
    """Change limits. ``limits``: by pool; None returns to each process's default."""

    limits: Mapping[str, int | None] = field()

    def __attrs_post_init__(self) -> None:
        super().__attrs_post_init__()
        if not self.limits:
            raise InvalidRequest(field="set", value="nothing", allowed="a limit for at least one pool")
        for pool, limit in self.limits.items():
            if limit is not None and not 0 <= limit <= LARGEST_LIMIT:
                allowed = f"for each pool a whole number from 0 to {LARGEST_LIMIT}, or null for the default"
                raise InvalidRequest(field="set", value=f"{pool}: {limit}", allowed=allowed)

    @property
    def key(self) -> RequestKey:
        return self._key(f"limits\n{json.dumps(dict(self.limits), sort_keys=True)}")


def pools_asked(campaign_type: str, pools: Pools) -> tuple[str, ...]:
    """The pools that ``campaign_type`` names. Raises InvalidRequest when it is neither a pool nor "all"."""
    known = tuple(pools.by_name)
    if campaign_type == ALL:
        return known
    if campaign_type not in known:
        allowed = f"one of {', '.join((*known, ALL))}"
        raise InvalidRequest(field="campaignType", value=campaign_type, allowed=allowed)
    return (campaign_type,)
