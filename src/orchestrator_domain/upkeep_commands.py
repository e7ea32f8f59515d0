"""What is asked of upkeep: to finish what is half done, or to look at one run."""

import re
from collections.abc import Collection, Mapping
from typing import Final

from attrs import frozen

from orchestrator_domain.commands import Origin, require_campaign_id
from orchestrator_domain.errors import InvalidRequest
from orchestrator_domain.invocation import InvocationRecord
from orchestrator_domain.value import Value

EXECUTIONS_PAGE_PATTERN: Final = re.compile(r"[\x21-\x7e]{1,4096}", re.ASCII)
MOST_RUNS_PER_RECONCILE: Final = 1_000


@frozen(kw_only=True, eq=False, repr=False)
class ReconcileCommand(Value):
    """Finish every half-done step.

    Attributes:
        limit: how many runs of each pool are looked at, at most, and how many open executions of each dispatcher.
        cursor: where an earlier call has ended, by place; None: everything, from the start. A place is the name
            of a pool, for its live runs (behind that campaign), or "pool/dispatcher", for the executions that the
            dispatcher shows as open (from that page on).
        dry_run: only tell what would be looked into.
        scheduled: go on while time lasts, from where the last scheduled pass has ended.
    """

    origin: Origin
    limit: int = 100
    cursor: Mapping[str, str | None] | None = None
    dry_run: bool = False
    scheduled: bool = False

    def __attrs_post_init__(self) -> None:
        if not 1 <= self.limit <= MOST_RUNS_PER_RECONCILE:
            allowed = f"a whole number from 1 to {MOST_RUNS_PER_RECONCILE}"
            raise InvalidRequest(field="limit", value=self.limit, allowed=allowed)
        for place, behind in (self.cursor or {}).items():
            if behind is None:
                continue
            if "/" not in place:
                require_campaign_id(behind, field="cursor")
            elif not EXECUTIONS_PAGE_PATTERN.fullmatch(behind):
                raise InvalidRequest(field="cursor", value=behind, allowed="the cursor of an earlier answer")

    def begins_at(self, place: str) -> bool:
        """Whether the call is to look at what is behind ``place``."""
        return self.cursor is None or place in self.cursor

    def behind(self, place: str) -> str | None:
        """Where it goes on there; None: from the start."""
        return (self.cursor or {}).get(place)

    def wants(self, pool: str) -> bool:
        """Whether the call is to look at anything of ``pool``."""
        return self.cursor is None or any(place.split("/")[0] == pool for place in self.cursor)


@frozen(kw_only=True, eq=False, repr=False)
class OutcomeHint(Value):
    """A late signal: something may have happened to a run. It names the run and proves nothing.

    Attributes:
        execution_name: the name of the execution, when the signal carries it.
        campaign_id, run_number: the run, when the signal carries them instead.
        said: what the signal said, for the audit trail.
        invocation: what it says of an invocation's end. It proves that end only for the run whose reference was
            made of the same invocation's request id.
    """

    origin: Origin
    said: str
    execution_name: str | None = None
    campaign_id: str | None = None
    run_number: int | None = None
    invocation: InvocationRecord | None = None


def require_known_places(cursor: Mapping[str, str | None] | None, known: Collection[str]) -> None:
    """Raise InvalidRequest when ``cursor`` names a place that is none of ``known``: nothing would be looked at."""
    for place in cursor or ():
        if place not in known:
            raise InvalidRequest(field="cursor", value=place, allowed=f"of {', '.join(known)} only")
