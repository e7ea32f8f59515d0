"""What is promised, each promise a function with its name, asked after every step of a history."""

from collections import Counter
from collections.abc import Mapping

from attrs import frozen
from simulated_world import IDS, LIMITS, POOLS, SimulatedWorld

from orchestrator_adapters.memory.campaign_store import PoolRow
from orchestrator_domain.run import Run, RunIdentity, RunOutcome, RunState

STATES = list(RunState)
LONGEST_PASS_SECONDS = 60.0


class BrokenPromise(AssertionError):
    """``promise``: the name of the one that is broken."""

    def __init__(self, promise: str, how: object) -> None:
        super().__init__(f"{promise}: {how}")
        self.promise = promise


@frozen
class Picture:
    """The world as it was before a step."""

    runs: Mapping[RunIdentity, Run]
    live: Mapping[str, int]
    audited: Mapping[str, tuple[object, int]]

    @classmethod
    def of(cls, world: SimulatedWorld) -> "Picture":
        runs = dict(world.store.runs)
        live = Counter(run.pool for run in runs.values() if run.is_live)
        return cls(runs, live, {name: _audited(world, name) for name in (*IDS, *POOLS)})


def _audited(world: SimulatedWorld, name: str) -> tuple[object, int]:
    """What may change only together with an audit row, and how many rows there are."""
    store = world.store
    if name in POOLS:
        row = store.pools.get(name, PoolRow())
        return (row.max_live, row.halted_reason), _rows(world, f"pool:{name}")
    campaign = store.campaigns.get(name)
    runs = tuple(
        (
            *(run.number, run.state, run.attempts, run.unknown, run.execution_reference, run.claimant),
            *(run.outcome, run.dispatched_at, token.token if (token := store.claims.get(run.identity)) else None),
        )
        for run in store.runs.values()
        if run.campaign_id == name
    )
    return (campaign.status if campaign else None, runs), _rows(world, name)


def _rows(world: SimulatedWorld, name: str) -> int:
    """Audit rows of changes; that an orphan was stopped changes nothing here."""
    return sum(row.kind != "orphan_stopped" for row in world.store.events.get(name, ()))


def check(world: SimulatedWorld, before: Picture, *, by_others: bool = False) -> Picture:
    """Raise BrokenPromise if the step since ``before`` broke one; ``by_others``: the step was none of ours."""
    now = Picture.of(world)
    if now.runs != before.runs or now.audited != before.audited:
        live_runs_never_grow_at_the_limit(world, before, now)
        a_campaign_has_one_live_run(now)
        run_numbers_grow_and_ended_is_final(before, now)
        if not by_others:
            every_change_has_one_audit_row(before, now)
        not_dispatched_is_never_a_guess(world, now)
        no_outcome_without_evidence(world, before, now)
        a_key_is_one_request(world)
    work_goes_on_only_where_a_run_is_live(world)
    a_run_is_dispatched_once(world)
    return now


def live_runs_never_grow_at_the_limit(world: SimulatedWorld, before: Picture, now: Picture) -> None:
    for pool in POOLS:
        grown = now.live.get(pool, 0) > before.live.get(pool, 0)
        row = world.store.pools.get(pool, PoolRow())
        limit = LIMITS[pool] if row.max_live is None else row.max_live
        if grown and (row.halted_reason is not None or now.live[pool] > limit):
            raise BrokenPromise("live_runs_never_grow_at_the_limit", f"{pool}: {now.live[pool]} at limit {limit}")


def a_campaign_has_one_live_run(now: Picture) -> None:
    live = Counter(run.campaign_id for run in now.runs.values() if run.is_live)
    if any(count > 1 for count in live.values()):
        raise BrokenPromise("a_campaign_has_one_live_run", dict(live))


def run_numbers_grow_and_ended_is_final(before: Picture, now: Picture) -> None:
    for identity, run in before.runs.items():
        present = now.runs.get(identity)
        if present is run:
            continue
        went_back = present is None or STATES.index(present.state) < STATES.index(run.state)
        reopened = present is not None and run.state is RunState.ENDED and present.outcome is not run.outcome
        if went_back or reopened:
            raise BrokenPromise("run_numbers_grow_and_ended_is_final", f"{run} became {present}")
    for identity in now.runs.keys() - before.runs.keys():
        older = [known.number for known in before.runs if known.campaign_id == identity.campaign_id]
        if identity.number != max(older, default=0) + 1:
            raise BrokenPromise("run_numbers_grow_and_ended_is_final", f"{identity} after {older}")


def every_change_has_one_audit_row(before: Picture, now: Picture) -> None:
    for name, (changed, rows) in now.audited.items():
        changed_before, rows_before = before.audited[name]
        if rows - rows_before != int(changed != changed_before):
            how = f"{name}: {changed_before} became {changed} with {rows - rows_before} rows"
            raise BrokenPromise("every_change_has_one_audit_row", how)


def not_dispatched_is_never_a_guess(world: SimulatedWorld, now: Picture) -> None:
    for run in now.runs.values():
        if run.outcome is not RunOutcome.RETURNED:
            continue
        execution = world.executions.executions.get(run.execution_name)
        executed = execution is not None and execution.given == run.dispatch_input
        if executed or any(message.run_id == run.run_id for message in world.messages.queue):
            raise BrokenPromise("not_dispatched_is_never_a_guess", run)


def no_outcome_without_evidence(world: SimulatedWorld, before: Picture, now: Picture) -> None:
    """A run succeeded only if its execution did, or the holder of its claim said so."""
    for identity, run in now.runs.items():
        if run.outcome is not RunOutcome.SUCCEEDED or before.runs.get(identity) is run:
            continue
        execution = world.executions.executions.get(run.execution_name)
        proved = execution is not None and execution.outcome is RunOutcome.SUCCEEDED
        if not (run.claimant is not None and run.pool == "sms") and not proved:
            raise BrokenPromise("no_outcome_without_evidence", run)


def a_key_is_one_request(world: SimulatedWorld) -> None:
    """A key admits a second run only after its first was returned, as if never asked for."""
    for key, identities in world.admitted.items():
        for identity in identities[:-1]:
            if world.store.runs[identity].outcome is not RunOutcome.RETURNED:
                raise BrokenPromise("a_key_is_one_request", f"{key} admitted {identities}")


def work_goes_on_only_where_a_run_is_live(world: SimulatedWorld) -> None:
    runs = world.store.runs.values()
    # A workflow that claims its run works only under a lease; its open execution alone is no work.
    harmless = {run.execution_name for run in runs if run.is_live or run.claimant is not None}
    homeless = world.open_executions().keys() - harmless - world.redriven
    if homeless:
        raise BrokenPromise("work_goes_on_only_where_a_run_is_live", f"executions {homeless}")
    for process, identity in world.sending.items():
        if not world.store.runs[identity].is_live:
            raise BrokenPromise("work_goes_on_only_where_a_run_is_live", f"{process} sends for {identity}")
    if len(set(world.sending.values())) < len(world.sending):
        raise BrokenPromise("one_dispatcher_at_a_time_works_on_a_run", world.sending)


def no_batch_begins_behind_a_fence(world: SimulatedWorld, identity: RunIdentity) -> None:
    """Asked when a batch was granted: since the commit of pause or stop none may be."""
    halted = world.store.is_halted(world.store.runs[identity].pool)
    if identity in world.fenced or halted:
        raise BrokenPromise("no_batch_begins_behind_a_fence", f"{identity}, halted: {halted}")


def nothing_is_paused_without_a_halt(world: SimulatedWorld, paused: Run) -> None:
    """Asked when a halt has taken a run out of work: at that moment its pool was halted."""
    if not world.store.is_halted(paused.pool):
        raise BrokenPromise("nothing_is_paused_without_a_halt", paused)


def a_run_is_dispatched_once(world: SimulatedWorld) -> None:
    given = [e.given for e in world.executions.executions.values()]
    ours = [document for document in given if b'"runId"' in document]
    started = world.executions.dispatched
    if len(set(ours)) < len(ours) or len(set(started)) < len(started):
        raise BrokenPromise("a_run_is_dispatched_once", started)


def all_agree_at_rest(world: SimulatedWorld) -> None:
    """After one reconcile: ledger, repository and dispatchers agree, and no slot is lost."""
    ledger_and_repository_agree(world)
    opened = world.open_executions()
    orphans = opened.keys() - {run.execution_name for run in world.store.runs.values() if run.is_live}
    if orphans:
        raise BrokenPromise("all_agree_at_rest", f"open without a live run: {orphans}")
    for run in world.store.runs.values():
        if not run.is_live:
            continue
        row = world.store.campaigns.get(run.campaign_id)
        if row is None or row.status != "active":
            raise BrokenPromise("all_agree_at_rest", f"{run.identity} is live, and its campaign is {row}")
        if world.store.is_halted(run.pool):
            raise BrokenPromise("all_agree_at_rest", f"{run.identity} is live in a halted pool")
        asleep = (world.clock.now() - run.last_attempt_at).total_seconds() > LONGEST_PASS_SECONDS
        is_lost = asleep if run.pool == "sms" else run.execution_name not in opened
        if run.state in (RunState.DISPATCHING, RunState.STOPPING) or is_lost:
            raise BrokenPromise(
                "all_agree_at_rest", f"{run.identity} is {run.state}, and nothing of it is under way"
            )


def ledger_and_repository_agree(world: SimulatedWorld) -> None:
    for pool in POOLS:
        live = {run.campaign_id: run.number for run in world.store.live_in(pool)}
        shown = world.ledger.active.get(pool, set())
        if live.keys() != shown:
            raise BrokenPromise("all_agree_at_rest", f"{pool}: live {set(live)}, shown {shown}")
        for campaign, number in live.items():
            details = world.ledger.details.get(campaign)
            if details is None or details.run_number != number:
                raise BrokenPromise("all_agree_at_rest", f"{campaign} run {number}: details {details}")
