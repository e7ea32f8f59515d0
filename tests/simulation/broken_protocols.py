"""The protocol with one rule taken away, each a way in which it could be wrong, and each to be found."""

from collections.abc import Callable
from typing import Any

import pytest
from attrs import evolve

from orchestrator_adapters.memory import admission, run_ending
from orchestrator_adapters.memory.campaign_repository import InMemoryCampaignRepository
from orchestrator_adapters.memory.campaign_store import InMemoryCampaignStore
from orchestrator_adapters.memory.dispatcher import InMemoryExecutions
from orchestrator_adapters.memory.pool_control import InMemoryPoolControl
from orchestrator_adapters.memory.run_claims import InMemoryRunClaims
from orchestrator_domain.answers import ProjectionState
from orchestrator_domain.campaign import STATUS_TABLE, Action, CampaignStatus
from orchestrator_domain.decisions import Decision, EndVerdict, RunEnd, Verdict
from orchestrator_domain.pools import PoolUsage
from orchestrator_domain.ports.dispatcher import Refused, StopAnswer
from orchestrator_domain.run import RunOutcome, RunState
from orchestrator_domain.upkeep_answers import OrphanSweep, SettleAnswer
from orchestrator_domain.use_cases.hand_over import HandOver
from orchestrator_domain.use_cases.launch_run import LaunchRun
from orchestrator_domain.use_cases.projection import Projection
from orchestrator_domain.use_cases.reconcile_pool import ReconcilePool
from orchestrator_domain.use_cases.reconcile_run import ReconcileRun
from orchestrator_domain.use_cases.record_outcome import RecordOutcome
from orchestrator_domain.use_cases.settle_run import SettleRun, Step
from orchestrator_domain.use_cases.stop_orphans import StopOrphans
from orchestrator_domain.use_cases.wind_down import WindDown

Breaking = Callable[[pytest.MonkeyPatch], None]


def admits_everybody(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(PoolUsage, "admits", property(lambda _: True))


def checks_then_inserts(patch: pytest.MonkeyPatch) -> None:
    """Limit and halt are looked at in one call, and the run is inserted by the next one."""
    original = LaunchRun._admit

    def admit(self: LaunchRun, command: Any, run_id: str) -> Decision:
        pool = "voice" if command.campaign_id.startswith("v") else "sms"
        usages = self.repository.pool_usage(self.pools, holders_wanted=0)
        (usage,) = (usage for usage in usages if usage.name == pool)
        if usage.halted_reason is not None or usage.active >= usage.limit:
            return Decision(verdict=Verdict.RESOURCE_LIMIT_REACHED, usage=usage)
        return original(self, command, run_id)

    patch.setattr(LaunchRun, "_admit", admit)
    admits_everybody(patch)


def allows_two_live_runs(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(InMemoryCampaignStore, "live_run", lambda *_: None)
    anything = evolve(STATUS_TABLE[Action.START], allowed_from=frozenset(CampaignStatus))
    patch.setattr(admission, "STATUS_TABLE", {action: anything for action in Action})


def releases_before_the_end(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(WindDown, "_execution_is_over", lambda *_: True)


def grants_batches_while_stopping(patch: pytest.MonkeyPatch) -> None:
    original = InMemoryRunClaims.begin_batch

    def begin_batch(self: InMemoryRunClaims, claim: Any, **how: Any) -> Any:
        before = self.store.runs[claim.identity]
        if before.state is RunState.STOPPING:
            self.store.save_run(evolve(before, state=RunState.RUNNING))
        begun = original(self, claim, **how)
        self.store.save_run(evolve(self.store.runs[claim.identity], state=before.state))
        return begun

    patch.setattr(InMemoryRunClaims, "begin_batch", begin_batch)


def dispatches_before_it_records(patch: pytest.MonkeyPatch) -> None:
    """What was admitted is written only when it has been dispatched."""
    admit, mark = InMemoryCampaignRepository.admit, InMemoryCampaignRepository.mark_dispatched
    unwritten: dict[Any, Any] = {}

    def admits(self: InMemoryCampaignRepository, request: Any) -> Decision:
        store = self.store
        status = {name: row.status for name, row in store.campaigns.items()}
        requests, events = dict(store.requests), {name: list(rows) for name, rows in store.events.items()}
        decision = admit(self, request)
        if decision.verdict is Verdict.ADMITTED and not decision.replayed and decision.run is not None:
            unwritten[decision.run.identity] = request
            del store.runs[decision.run.identity]
            store.requests, store.events = requests, events
            for name, before in status.items():
                store.campaigns[name].status = before
        return decision

    def marks(self: InMemoryCampaignRepository, identity: Any, **how: Any) -> Any:
        if identity in unwritten:
            admit(self, unwritten.pop(identity))
        return mark(self, identity, **how)

    patch.setattr(InMemoryCampaignRepository, "admit", admits)
    patch.setattr(InMemoryCampaignRepository, "mark_dispatched", marks)


def stores_the_key_after_the_admission(patch: pytest.MonkeyPatch) -> None:
    remember, mark = admission.remember, InMemoryCampaignRepository.mark_dispatched
    forgotten: dict[Any, Any] = {}

    def remembers(store: Any, campaign_id: str, key: Any, decision: Decision) -> None:
        if decision.verdict is Verdict.ADMITTED and decision.run is not None:
            forgotten[decision.run.identity] = (store, campaign_id, key, decision)
        else:
            remember(store, campaign_id, key, decision)

    def marks(self: InMemoryCampaignRepository, identity: Any, **how: Any) -> Any:
        if identity in forgotten:
            remember(*forgotten.pop(identity))
        return mark(self, identity, **how)

    patch.setattr(admission, "remember", remembers)
    patch.setattr(InMemoryCampaignRepository, "mark_dispatched", marks)


def claims_for_everybody(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(InMemoryRunClaims, "_why_not_claimable", lambda *_: None)


def looks_at_no_lease(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(InMemoryCampaignStore, "lease_is_open", lambda *_: False)


def trusts_a_refusal(patch: pytest.MonkeyPatch) -> None:
    original = run_ending._verdict

    def verdict(store: Any, run: Any, end: RunEnd, now: Any) -> object:
        return original(store, run, evolve(end, only_if_attempts=None), now)

    patch.setattr(run_ending, "_verdict", verdict)


def calls_a_lost_answer_a_refusal(patch: pytest.MonkeyPatch) -> None:
    def unknown(self: HandOver, run: Any, cause: str, origin: Any) -> Any:
        return self._refused(run, Refused(cause=cause, transient=True), origin)

    patch.setattr(HandOver, "_unknown", unknown)


def counts_no_attempts(patch: pytest.MonkeyPatch) -> None:
    def begin_attempt(self: InMemoryCampaignRepository, identity: Any, **_: Any) -> Any:
        run = self.store.runs.get(identity)
        if run is None or run.state in (RunState.STOPPING, RunState.ENDED):
            return None
        now = self.store.clock.now()
        return self.store.save_run(evolve(run, last_attempt_at=now, observed_at=now))

    patch.setattr(InMemoryCampaignRepository, "begin_attempt", begin_attempt)


def burns_no_names(patch: pytest.MonkeyPatch) -> None:
    original = InMemoryExecutions.stop

    def stop(self: InMemoryExecutions, run: Any, *, reason: str) -> StopAnswer:
        known = run.execution_name in self.executions
        return original(self, run, reason=reason) if known else StopAnswer.CLOSED

    patch.setattr(InMemoryExecutions, "stop", stop)


def stops_nothing(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(InMemoryExecutions, "stop", lambda *_, **__: StopAnswer.CLOSED)


def knows_no_names(patch: pytest.MonkeyPatch) -> None:
    original = InMemoryExecutions._start

    def start(self: InMemoryExecutions, run: Any) -> Any:
        self.executions.pop(run.execution_name, None)
        return original(self, run)

    patch.setattr(InMemoryExecutions, "_start", start)


def names_every_attempt_anew(patch: pytest.MonkeyPatch) -> None:
    original = InMemoryExecutions.dispatch

    def dispatch(self: InMemoryExecutions, run: Any) -> Any:
        return original(self, evolve(run, execution_name=f"{run.execution_name}-{run.attempts}"))

    patch.setattr(InMemoryExecutions, "dispatch", dispatch)


def believes_events(patch: pytest.MonkeyPatch) -> None:
    def execute(self: RecordOutcome, hint: Any, _: Any) -> SettleAnswer:
        run = self._find(hint)
        if run is not None and run.is_live:
            end = RunEnd(identity=run.identity, outcome=RunOutcome.SUCCEEDED, cause=hint.said, origin=hint.origin)
            run = self.repository.end_run(end).run
        return SettleAnswer(run=run, repairs=(), projection=None)

    patch.setattr(RecordOutcome, "execute", execute)


def ends_whatever_has_ended(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(run_ending, "_verdict", lambda *_: EndVerdict.ENDED)


def audits_no_end(patch: pytest.MonkeyPatch) -> None:
    original = InMemoryCampaignStore.append_event

    def append(self: InMemoryCampaignStore, campaign_id: str, *, kind: str, **how: Any) -> None:
        if kind != "run_ended":
            original(self, campaign_id, kind=kind, **how)

    patch.setattr(InMemoryCampaignStore, "append_event", append)


def rebuilds_nothing(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Projection, "rebuild", lambda *_: ProjectionState.CURRENT)


def reconcile_without(step: str) -> Breaking:
    def breaking(patch: pytest.MonkeyPatch) -> None:
        patch.setattr(SettleRun, step, lambda self, run, *_: Step(run=run))

    breaking.__name__ = f"reconcile_without{step}"
    return breaking


def overlooks_what_others_have_changed(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(ReconcileRun, "_surprise", lambda *_: None)


def overlooks_orphans(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(StopOrphans, "sweep", lambda *_, **__: OrphanSweep(complete=True, next_page=None))


def overlooks_halts(patch: pytest.MonkeyPatch) -> None:
    """What a halt has not come to is left at work."""
    patch.setattr(ReconcilePool, "is_halted", lambda *_: False)


def pauses_whether_halted_or_not(patch: pytest.MonkeyPatch) -> None:
    """Whether the pool is halted is looked at before, and not by the commit that pauses."""

    def pause_run(self: InMemoryPoolControl, identity: Any, *, origin: Any) -> Any:
        with self.store.locked() as now:
            run = self.store.runs[identity]
            return self._pause(run, "why", origin, now) if run.is_live else run

    patch.setattr(InMemoryPoolControl, "pause_run", pause_run)


ROWS_OF_RECONCILE = [
    reconcile_without("_dispatching"),
    reconcile_without("_executing"),
    reconcile_without("_queued"),
    reconcile_without("_stopping"),
    overlooks_what_others_have_changed,
    overlooks_orphans,
    overlooks_halts,
    rebuilds_nothing,
]
BROKEN_PROTOCOLS: list[Breaking] = [
    admits_everybody,
    checks_then_inserts,
    allows_two_live_runs,
    releases_before_the_end,
    grants_batches_while_stopping,
    dispatches_before_it_records,
    stores_the_key_after_the_admission,
    claims_for_everybody,
    looks_at_no_lease,
    trusts_a_refusal,
    calls_a_lost_answer_a_refusal,
    counts_no_attempts,
    burns_no_names,
    stops_nothing,
    knows_no_names,
    names_every_attempt_anew,
    believes_events,
    ends_whatever_has_ended,
    audits_no_end,
    pauses_whether_halted_or_not,
    *ROWS_OF_RECONCILE,
]
