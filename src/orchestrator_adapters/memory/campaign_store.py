"""What the in-memory repository, pool control and run claims share."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from threading import RLock
from typing import Any

from attrs import Factory, define, evolve, field

from orchestrator_domain.commands import Origin
from orchestrator_domain.decisions import Decision, HistoryEntry
from orchestrator_domain.pools import Holder, PoolUsage
from orchestrator_domain.ports.clock import Clock
from orchestrator_domain.ports.run_claims import LEASE_MARGIN_SECONDS
from orchestrator_domain.run import Run, RunIdentity, RunState

RUNS_LEARNED_FROM = 20


@define(kw_only=True)
class CampaignRow:
    """A stored campaign. Anything may be written to it behind the repository's back."""

    campaign_id: str
    name: str
    campaign_type: str
    status: str
    config: Any
    timezone: str | None
    updated_at: datetime | None


@define(kw_only=True)
class PoolRow:
    """What was changed about a pool at run time, and where its last scheduled reconciliation has ended."""

    max_live: int | None = None
    halted_reason: str | None = None
    reconciled_up_to: str | None = None


@define(kw_only=True)
class RequestRow:
    """An idempotency key. ``decision`` is given again; one that admitted or stopped a run names the run."""

    content_hash: str
    decision: Decision
    run_number: int | None


@define(kw_only=True)
class ClaimRow:
    """Who may work on a run."""

    token: str
    attempt: int
    lease_token: str | None = None


@define
class InMemoryCampaignStore:
    """Campaigns, runs, keys, pools, claims and audit rows in dictionaries, behind one lock.

    Each method of the adapters on top of it takes the lock once, so each is atomic among threads.
    """

    clock: Clock
    campaigns: dict[str, CampaignRow] = Factory(dict)
    runs: dict[RunIdentity, Run] = Factory(dict)
    requests: dict[tuple[str, str], RequestRow] = Factory(dict)
    pools: dict[str, PoolRow] = Factory(dict)
    pool_requests: dict[tuple[str, str], str] = Factory(dict)
    claims: dict[RunIdentity, ClaimRow] = Factory(dict)
    events: dict[str, list[HistoryEntry]] = Factory(dict)
    _lock: RLock = field(factory=RLock, init=False, repr=False)

    def put_campaign(
        self,
        campaign_id: str,
        *,
        campaign_type: str = "sms",
        status: str = "draft",
        name: str = "A campaign",
        config: Any = None,
        timezone: str | None = None,
    ) -> None:
        """Store a campaign, or replace the one with this id."""
        with self.locked():
            self.campaigns[campaign_id] = CampaignRow(
                campaign_id=campaign_id,
                name=name,
                campaign_type=campaign_type,
                status=status,
                config={} if config is None else config,
                timezone=timezone,
                updated_at=self.clock.now(),
            )

    @contextmanager
    def locked(self) -> Iterator[datetime]:
        """Hold the lock; gives the instant at which the call takes effect."""
        with self._lock:
            yield self.clock.now()

    def runs_of(self, campaign_id: str) -> list[Run]:
        """The campaign's runs, oldest first."""
        return sorted(
            (run for run in self.runs.values() if run.campaign_id == campaign_id),
            key=lambda run: run.number,
        )

    def latest_run(self, campaign_id: str) -> Run | None:
        runs = self.runs_of(campaign_id)
        return runs[-1] if runs else None

    def live_run(self, campaign_id: str) -> Run | None:
        return next((run for run in self.runs_of(campaign_id) if run.is_live), None)

    def live_in(self, pool: str) -> list[Run]:
        """The pool's live runs, oldest first."""
        live = (run for run in self.runs.values() if run.pool == pool and run.is_live)
        return sorted(live, key=lambda run: (run.created_at, run.campaign_id))

    def is_halted(self, pool: str) -> bool:
        return self.pools.get(pool, PoolRow()).halted_reason is not None

    def usage(self, pool: str, *, default_limit: int, now: datetime, holders_wanted: int) -> PoolUsage:
        row, live = self.pools.get(pool, PoolRow()), self.live_in(pool)
        ended = sorted(
            (run for run in self.runs.values() if run.pool == pool and run.ended_at is not None),
            key=lambda run: run.ended_at or now,
            reverse=True,
        )
        return PoolUsage(
            name=pool,
            active=len(live),
            limit=default_limit if row.max_live is None else row.max_live,
            observed_at=now,
            limit_is_stored=row.max_live is not None,
            halted_reason=row.halted_reason,
            holders=tuple(_holder(run) for run in live[:holders_wanted]),
            recent_run_seconds=tuple(
                (run.ended_at - run.created_at).total_seconds()
                for run in ended[:RUNS_LEARNED_FROM]
                if run.ended_at is not None
            ),
        )

    def save_run(self, run: Run) -> Run:
        self.runs[run.identity] = run
        return run

    def read_run(self, run: Run, now: datetime) -> Run:
        """The run as it is read at ``now``."""
        return evolve(run, observed_at=now)

    def lease_is_open(self, run: Run, now: datetime) -> bool:
        """Whether a batch may be going on: until the lease's end, and a margin for the holder's clock."""
        margin = timedelta(seconds=LEASE_MARGIN_SECONDS)
        return run.lease_until is not None and now <= run.lease_until + margin

    def append_event(
        self,
        campaign_id: str,
        *,
        at: datetime,
        kind: str,
        origin: Origin,
        run: Run | None = None,
        status_from: str | None = None,
        status_to: str | None = None,
        run_state_from: RunState | None = None,
        cause: str | None = None,
        detail: Mapping[str, Any] | None = None,
    ) -> None:
        self.events.setdefault(campaign_id, []).append(
            HistoryEntry(
                at=at,
                kind=kind,
                run_number=run.number if run else None,
                status_from=status_from,
                status_to=status_to,
                run_state_from=run_state_from.value if run_state_from else None,
                run_state_to=run.state.value if run else None,
                origin=origin,
                cause=cause,
                detail=detail or {},
            )
        )


def _holder(run: Run) -> Holder:
    return Holder(
        campaign_id=run.campaign_id,
        campaign_type=run.campaign_type,
        run_number=run.number,
        since=run.created_at,
        execution_reference=run.execution_reference,
    )
