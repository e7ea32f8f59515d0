"""Where the truth about campaigns and runs is kept."""

from abc import abstractmethod
from collections.abc import Callable, Mapping, Sequence
from typing import Protocol, runtime_checkable

from orchestrator_domain.campaign import Campaign
from orchestrator_domain.commands import Origin
from orchestrator_domain.decisions import (
    AdmissionRequest,
    Decision,
    EndDecision,
    HistoryEntry,
    MarkedRun,
    RunEnd,
    StopRequest,
)
from orchestrator_domain.once import nothing
from orchestrator_domain.pools import Pools, PoolUsage
from orchestrator_domain.run import Run, RunIdentity, RunState


@runtime_checkable
class CampaignRepository(Protocol):
    """Campaigns, runs, idempotency keys and the audit trail. Every method is one atomic call.

    For all methods:

    1. A call that changes something appends its audit rows (``history``) in the same commit; a call that
       changes nothing appends none.
    2. Repeating a call whose effect already stands changes nothing and answers alike.
    3. StoreUnavailable is raised when the store does not answer in time (budgets.STORE_SECONDS); the call
       may then have had its effect, and may be repeated.
    4. Times are those of the repository's own clock.
    5. Two calls that concern different pools never wait for one another.
    """

    @abstractmethod
    def admit(self, request: AdmissionRequest) -> Decision:
        """Admit a new run, or refuse it. The point of commitment of start, resume and retry.

        Checked in this order, the first that applies decides: key known (same content hash: the first
        decision, ``replayed``; other: IDEMPOTENCY_KEY_REUSED); campaign exists; its type has a route, its
        config is an object, its time zone (if any) is known; an ended latest run, else STILL_STOPPING when it
        is STOPPING, else INVALID_STATE with the live run; the status table; the size of the dispatch input;
        pool not halted; live runs fewer than the limit in force.

        1. Admitted: run with the next number, DISPATCHING, ``attempts`` 1, dispatch input built and stored,
           ``not_after`` from the route's claim window; campaign ACTIVE; key stored; all in one commit.
        2. The live runs are compared after the pool is locked against every other admission and change of its
           limit, so at no time is a run admitted while ``live >= limit`` or in a halt, and none is refused for a
           slot that was free by then.
        3. A campaign has at most one live run, whatever its status says.
        4. ``resumed_from`` is the latest run's number for RESUME and RETRY, None for START.
        5. A refusal changes nothing but the stored key (REMEMBERED_REFUSALS only).
        6. Of two concurrent deliveries of one key, one decides and the other replays.
        """

    @abstractmethod
    def begin_stopping(self, request: StopRequest) -> Decision:
        """Take the commitment of pause or stop: from this commit on no batch of the campaign begins.

        1. STOPPING: campaign PAUSED or CANCELLED, its live run STOPPING. STOPPING with ``run`` None: there was
           no live run (a draft was stopped), nothing is left to do.
        2. ALREADY_DONE: the status already is what the action leads to; ``run`` is the live run that is still
           coming to rest, or None. If others wrote that status while a run was at work, the run becomes STOPPING
           and the verdict is STOPPING.
        3. STOP of a campaign that is PAUSED while its run is still STOPPING: campaign CANCELLED.
        4. The row of the campaign has vanished while a run is live: the run becomes STOPPING all the same,
           verdict STOPPING, ``campaign`` None (ALREADY_DONE if it was STOPPING). No live run either:
           CAMPAIGN_NOT_FOUND.
        5. Else INVALID_STATE. Keys are treated as by ``admit``; a replayed decision carries the run that was
           stopped, as it now stands.
        """

    @abstractmethod
    def begin_attempt(
        self, identity: RunIdentity, *, expected_attempts: int, claim_window_seconds: float | None
    ) -> Run | None:
        """Count one more dispatch attempt, before it is made. Compare-and-set.

        1. Only while the run is live, not STOPPING, without an open batch lease, in a pool that is not halted, and
           has exactly ``expected_attempts``; else None and nothing changes.
        2. ``last_attempt_at`` is now, ``not_after`` now plus ``claim_window_seconds`` (None: no limit).
        3. ``unknown`` is set: what became of the earlier attempts is not known from here on, so a refusal of
           this one cannot end the run.
        """

    @abstractmethod
    def mark_dispatched(
        self,
        identity: RunIdentity,
        *,
        reference: str,
        state: RunState,
        origin: Origin,
        meanwhile: Callable[[], object] = nothing,
    ) -> MarkedRun:
        """Record that the dispatcher took the run. ``state`` is DISPATCHED or RUNNING.

        1. The state only advances: a run that is STOPPING or ENDED, or further already, keeps its state.
        2. ``reference`` is kept if none is stored; an ended run's is filled in too.
        3. No attempt of it is unknown any more once it is DISPATCHED or RUNNING.
        4. StoreUnavailable with the cause "run_vanished" when somebody has deleted the run: what was dispatched is
           an orphan then, and reconciliation stops it.
        5. ``meanwhile`` is called once before the answer, where the store is another computer while it works. It
           takes less than a second and raises nothing. When StoreUnavailable is raised it may not have been called.
        """

    @abstractmethod
    def mark_unknown(self, identity: RunIdentity, *, cause: str, origin: Origin) -> Run:
        """Record that an attempt's answer was lost (``unknown``). Changes nothing on an ended run.

        1. StoreUnavailable with the cause "run_vanished" when somebody has deleted the run.
        """

    @abstractmethod
    def end_run(self, end: RunEnd) -> EndDecision:
        """End a run and free its slot, if it is at rest. The caller vouches for the dispatcher's side of that.

        1. Not while a batch lease is open (LEASE_OPEN); a lease whose end has passed by a margin is closed by
           this call, and its batch's contacts stay unaccounted for.
        2. Campaign status by STATUS_AFTER_OUTCOME, only if the campaign is ACTIVE and this is its latest run.
           RETURNED restores the run's ``previous_status`` and frees the idempotency key.
        3. ENDED is final.
        """

    @abstractmethod
    def find_run(self, identity: RunIdentity) -> Run | None:
        """The run, or None."""

    @abstractmethod
    def find_run_by_execution_name(self, execution_name: str) -> Run | None:
        """The run that was dispatched under this name, or None."""

    @abstractmethod
    def fence_run(self, identity: RunIdentity, *, cause: str, origin: Origin) -> Run | None:
        """Make one live run STOPPING, whatever its campaign's row says or whether there is one.

        1. The campaign's row is not touched. A run that is STOPPING or ENDED already stays as it is.
        2. None when there is no such run.
        """

    @abstractmethod
    def live_runs(self, pool: str, *, limit: int) -> Sequence[Run]:
        """Up to ``limit`` live runs of the pool, oldest first."""

    @abstractmethod
    def live_runs_by_campaign(self, pool: str, *, limit: int, after: str | None) -> Sequence[Run]:
        """Up to ``limit`` live runs of the pool in the order of their campaigns' ids, from behind ``after``.

        1. Calls that go on behind the last id of the call before see every run that is live all the while.
        """

    @abstractmethod
    def pool_usage(self, pools: Pools, *, holders_wanted: int) -> Sequence[PoolUsage]:
        """Every pool of ``pools`` in its order, all seen at one moment, with up to ``holders_wanted`` holders."""

    @abstractmethod
    def find_campaigns(self, campaign_ids: Sequence[str]) -> Mapping[str, Campaign]:
        """The campaigns that exist, each with its latest run, by the ids as they were asked for. The runs come
        without their dispatch input (empty), which can be large."""

    @abstractmethod
    def history(self, campaign_id: str, *, limit: int) -> Sequence[HistoryEntry]:
        """The latest ``limit`` audit rows of the campaign, oldest first."""
