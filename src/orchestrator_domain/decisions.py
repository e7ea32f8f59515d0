"""What a repository is asked, and what it decides."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any

from attrs import frozen

from orchestrator_domain.campaign import Action, Campaign
from orchestrator_domain.commands import Origin
from orchestrator_domain.pools import Pools, PoolUsage
from orchestrator_domain.routing import RoutingTable
from orchestrator_domain.run import Run, RunIdentity, RunOutcome
from orchestrator_domain.value import Value


class Verdict(StrEnum):
    """What the repository decided about a request."""

    ADMITTED = "admitted"
    STOPPING = "stopping"
    ALREADY_DONE = "already_done"
    CAMPAIGN_NOT_FOUND = "campaign_not_found"
    INVALID_STATE = "invalid_state"
    INVALID_CAMPAIGN = "invalid_campaign"
    PAYLOAD_TOO_LARGE = "payload_too_large"
    IDEMPOTENCY_KEY_REUSED = "idempotency_key_reused"
    STILL_STOPPING = "still_stopping"
    RESOURCE_LIMIT_REACHED = "resource_limit_reached"
    POOL_HALTED = "pool_halted"


REMEMBERED_REFUSALS = frozenset(
    {
        Verdict.INVALID_STATE,
        Verdict.INVALID_CAMPAIGN,
        Verdict.PAYLOAD_TOO_LARGE,
    }
)
"""Refusals that are stored with their idempotency key. The others (a full or halted pool, a run still
stopping) leave the key free, so that the same request, repeated later, is decided afresh."""


@frozen(kw_only=True, eq=False, repr=False)
class RequestKey(Value):
    """An idempotency key, unique per campaign, with the hash of what was asked under it."""

    key: str
    content_hash: str


@frozen(kw_only=True, eq=False, repr=False)
class AdmissionRequest(Value):
    """Asks for a new run of a campaign.

    Attributes:
        action: START, RESUME or RETRY; the status table says from which statuses.
        run_id: the id that the new run gets if it is admitted. A repetition of this very call (after a lost
            connection) carries the same id, which tells it from another delivery of the same request.
        holders_wanted: how many holders a refusal by a full pool lists at most.
    """

    campaign_id: str
    action: Action
    key: RequestKey
    run_id: str
    routes: RoutingTable
    pools: Pools
    origin: Origin
    holders_wanted: int = 25


@frozen(kw_only=True, eq=False, repr=False)
class StopRequest(Value):
    """Asks that no further batch of a campaign begins, and that its live run comes to rest.

    Attributes:
        action: PAUSE or STOP; the status table says from which statuses, and what the campaign becomes.
    """

    campaign_id: str
    action: Action
    key: RequestKey
    origin: Origin


@frozen(kw_only=True, eq=False, repr=False)
class InvalidField(Value):
    """A field of the stored campaign that cannot be run, and what is allowed.

    ``value`` is cut to 80 characters; of a config only its JSON type is given, never its content.
    """

    name: str
    value: str
    allowed: str


@frozen(kw_only=True, eq=False, repr=False)
class Decision(Value):
    """The repository's answer to an AdmissionRequest or a StopRequest.

    Attributes:
        verdict: what was decided.
        replayed: the key was known, and this is what was decided at its first delivery.
        campaign: as it stands after the decision; None when it was not found, and after
            ADMITTED, where the run tells.
        run: ADMITTED: the admitted run as it now stands. STOPPING, ALREADY_DONE: the campaign's live run, or
            None when there is none. Refusals: the run in the way, if any.
        usage: RESOURCE_LIMIT_REACHED and POOL_HALTED only: the pool, counted inside the decision, with its holders
            and recent run times.
        invalid_field: INVALID_CAMPAIGN only.
        size_bytes, limit_bytes, largest_field: PAYLOAD_TOO_LARGE only; the field is "config" or "name".
    """

    verdict: Verdict
    replayed: bool = False
    campaign: Campaign | None = None
    run: Run | None = None
    usage: PoolUsage | None = None
    invalid_field: InvalidField | None = None
    size_bytes: int | None = None
    limit_bytes: int | None = None
    largest_field: str | None = None


@frozen(kw_only=True, eq=False, repr=False)
class RunEnd(Value):
    """Asks that a run be ended.

    Attributes:
        outcome: how it ended. Recorded as STOPPED, whatever is given, when the run is STOPPING.
        cause: why, for an operator.
        only_if_attempts: end only while the run still has exactly this many attempts, none of them is unknown,
            and its dispatch is not confirmed (no reference, no claimant); that is how "not dispatched" is
            recorded without a guess. None: no such condition.
        even_if_unknown: with ``only_if_attempts``, also while an attempt is unknown: for whoever has made sure that
            none of these attempts can begin any more, which says nothing of one that somebody has begun since.
    """

    identity: RunIdentity
    outcome: RunOutcome
    cause: str
    origin: Origin
    only_if_attempts: int | None = None
    even_if_unknown: bool = False


class EndVerdict(StrEnum):
    """ENDED: this call ended it. ALREADY_ENDED: an earlier one did. LEASE_OPEN: a batch is still going on.
    SUPERSEDED: the condition on the attempts does not hold. RUN_NOT_FOUND: there is no such run."""

    ENDED = "ended"
    ALREADY_ENDED = "already_ended"
    LEASE_OPEN = "lease_open"
    SUPERSEDED = "superseded"
    RUN_NOT_FOUND = "run_not_found"


@frozen(kw_only=True, eq=False, repr=False)
class EndDecision(Value):
    """What became of a RunEnd. ``run`` and ``pool_active`` as they stand after it."""

    verdict: EndVerdict
    run: Run | None
    pool_active: int


@frozen(kw_only=True, eq=False, repr=False)
class MarkedRun(Value):
    """A run after a mark, and how many runs of its pool are live."""

    run: Run
    pool_active: int


@frozen(kw_only=True, eq=False, repr=False)
class HistoryEntry(Value):
    """One row of the audit trail."""

    at: datetime
    kind: str
    run_number: int | None
    status_from: str | None
    status_to: str | None
    run_state_from: str | None
    run_state_to: str | None
    origin: Origin
    cause: str | None
    detail: Mapping[str, Any]
