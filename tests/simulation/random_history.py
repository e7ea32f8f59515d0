"""One random history: orchestrators, dispatchers and events interleave at every call of a port, under faults.

Everything follows from the seed: which process goes on, what happens, what is harmed.
"""

import random
from typing import Any

from attrs import define, field
from crashing_ports import Crash, Harm, HarmfulPort, away
from turn_taking import TurnTakingProcess

from asking.orchestra import IN_MEMORY, Orchestra
from asking.requests import ORIGIN
from campaign_orchestrator.container import build_container
from campaign_orchestrator.service import OrchestratorService, RetryWanted
from campaign_orchestrator.settings import read_settings
from orchestrator_adapters.memory.deadline import NoDeadline
from orchestrator_domain import budgets
from orchestrator_domain.ports.run_claims import BatchLease, Claim, ClaimRefusal
from orchestrator_domain.run import Progress, RunOutcome, RunState

CAMPAIGNS = {"v1": "voice", "v2": "hybrid", "v3": "voice", "s1": "sms", "s2": "sms"}
ACTIONS = ("start", "start", "start", "pause", "resume", "resume", "stop", "retry", "reconcile", "status")
STEPS, PROCESSES, CONTACTS = 70, 3, 3
PORTS = ("repository", "upkeep_records", "ledger", "step_functions", "sms_function")


@define
class RandomHistory:
    """Plays one history and checks the promises after every step.

    Attributes:
        trace: what happened, one line a step; shown when a promise is broken.
    """

    seed: int
    trace: list[str] = field(factory=list)
    orchestra: Orchestra = field(init=False)
    _chance: random.Random = field(init=False)
    _service: OrchestratorService = field(init=False)
    _harm_rate: float = field(init=False)
    _processes: list[TurnTakingProcess] = field(factory=list, init=False)
    _claims: list[tuple[Claim, BatchLease | None]] = field(factory=list, init=False)
    _live_before: dict[str, int] = field(factory=dict, init=False)
    _turn: TurnTakingProcess | None = field(default=None, init=False)
    _asked: int = field(default=0, init=False)

    def __attrs_post_init__(self) -> None:
        self._chance = random.Random(self.seed)
        limits = {
            "MAX_CONCURRENT_VOICE_CAMPAIGNS": str(self._chance.randint(1, 2)),
            "MAX_CONCURRENT_SMS_CAMPAIGNS": "1",
        }
        self.orchestra = Orchestra(limits)
        # Swarm: some histories have no faults, some have many.
        self._harm_rate = self._chance.choice([0.0, 0.02, 0.1, 0.25])
        self._live_before = {"voice": 0, "sms": 0}
        # One service for all processes: it keeps nothing of its own between two calls of a port.
        parts = {name: self._port(name) for name in PORTS}
        self._service = build_container(
            read_settings(IN_MEMORY | self.orchestra.limits), {**parts, "run_ids": self.orchestra.ids}
        ).service()
        for campaign, campaign_type in CAMPAIGNS.items():
            self.orchestra.put(campaign, campaign_type, config={"messages": CONTACTS})

    def play(self) -> None:
        """The safety phase, then the faults stop and it must converge."""
        try:
            for _ in range(STEPS):
                self._step()
                self._check_safety()
            for process in self._processes:
                while not process.is_done:
                    self._go_on(process)
                    self._check_safety()
        finally:
            for process in self._processes:
                if not process.is_done:
                    process.abandon()
        self._converge()

    def _step(self) -> None:
        waiting = [process for process in self._processes if not process.is_done]
        if waiting and self._chance.random() < 0.7:
            self._go_on(self._chance.choice(waiting))
        elif len(waiting) < PROCESSES and self._chance.random() < 0.6:
            self._ask()
        else:
            self._world()

    def _go_on(self, process: TurnTakingProcess) -> None:
        self._turn = process
        process.take_turn()
        if process.is_done:
            self.trace.append(f"{process.name} -> {process.failure or process.result}")

    def _ask(self) -> None:
        """Another process is asked something."""
        self._asked += 1
        action = self._chance.choice(ACTIONS)
        campaign = self._chance.choice(list(CAMPAIGNS))
        event: dict[str, Any] = {"action": action}
        if action not in ("reconcile", "status"):
            event |= {"campaignId": campaign, "idempotencyKey": f"key-{self._chance.randint(1, 9)}"}
        request = f"request-{self._asked}"
        self.trace.append(f"ask {request} {event}")

        def work() -> Any:
            try:
                return self._service.answer(event, request_id=request, deadline=NoDeadline())
            except RetryWanted as wanted:
                return wanted

        self._processes.append(TurnTakingProcess(request, work))

    def _port(self, name: str) -> HarmfulPort:
        return HarmfulPort(name, self.orchestra.container.providers[name](), self)

    def call(self, name: str, method: Any, arguments: Any, named: Any) -> Any:
        """A process calls a port: it waits for its turn, and the call may be harmed."""
        process = self._turn
        if process is None:
            raise AssertionError("a port is called by nobody's turn")
        process.wait_for_turn()
        harm = self._chance.choice(list(Harm)) if self._chance.random() < self._harm_rate else None
        self.trace.append(f"  {process.name} {name} {harm.name if harm else ''}".rstrip())
        if harm is Harm.CRASH_BEFORE:
            raise Crash(name)
        if harm is Harm.FAILS:
            return away(name, had_effect=False)
        answer = method(*arguments, **named)
        if harm is Harm.CRASH_AFTER:
            raise Crash(name)
        return away(name, had_effect=True) if harm is Harm.ANSWER_LOST else answer

    def _world(self) -> None:
        """Something happens outside of the orchestrators."""
        inside = [self._ledger_suffers, self._limit_moves, self._event_arrives]
        outside = [self._execution_ends, self._message_arrives, self._dispatcher_works]
        happening = self._chance.choice([self._time_passes, *inside, *outside])
        self.trace.append(happening.__name__)
        happening()

    def _time_passes(self) -> None:
        self.orchestra.clock.advance(self._chance.choice([1, 10, 40, 130, 400]))

    def _execution_ends(self) -> None:
        open_ = [e.name for e in self.orchestra.executions.executions.values() if e.outcome is None]
        if open_:
            outcome = self._chance.choice([RunOutcome.SUCCEEDED, RunOutcome.FAILED])
            self.orchestra.executions.close(self._chance.choice(open_), outcome)

    def _message_arrives(self) -> None:
        """A message is delivered: now, again, or long after it was sent."""
        if self.orchestra.messages.queue:
            message = self._chance.choice(self.orchestra.messages.queue)
            claim = self.orchestra.claim(message, f"function-{self._chance.randint(1, 3)}")
            if isinstance(claim, Claim):
                self._claims.append((claim, None))

    def _dispatcher_works(self) -> None:
        """A dispatcher begins a batch, ends one, finishes, or dies with its lease open."""
        if not self._claims:
            return
        index = self._chance.randrange(len(self._claims))
        claim, lease = self._claims[index]
        claims = self.orchestra.claims()
        if self._chance.random() < 0.1:
            del self._claims[index]
        elif lease is not None:
            claims.end_batch(claim, lease, progress=Progress(total=CONTACTS, sent=1))
            self._claims[index] = (claim, None)
        elif self._chance.random() < 0.5:
            begun = claims.begin_batch(claim, lease_seconds=30, size=1)
            if not isinstance(begun, ClaimRefusal):
                run = self.orchestra.store.runs[claim.identity]
                assert run.state is RunState.RUNNING, "a batch begins of a run that is not running"
                self._claims[index] = (claim, begun)
        else:
            done = Progress(total=CONTACTS, sent=CONTACTS)
            claims.finish(claim, outcome=RunOutcome.SUCCEEDED, progress=done, cause=None)

    def _ledger_suffers(self) -> None:
        self.orchestra.ledger.active.clear()
        if self._chance.random() < 0.5:
            self.orchestra.ledger.runs.clear()
        self.orchestra.ledger.active["voice"] = {self._chance.choice(["forged", "v1", "v2"])}

    def _limit_moves(self) -> None:
        pool = self._chance.choice(["voice", "sms"])
        self.orchestra.container.pool_control().set_limit(pool, self._chance.randint(0, 3), origin=ORIGIN)

    def _event_arrives(self) -> None:
        runs = list(self.orchestra.store.runs.values())
        if runs:
            run = self._chance.choice(runs)
            hint = {"name": run.execution_name, "status": "SUCCEEDED"}
            detail_type = "Step Functions Execution Status Change"
            self.orchestra.send({"source": "aws.states", "detail-type": detail_type, "detail": hint})

    def _check_safety(self) -> None:
        store, executions = self.orchestra.store, self.orchestra.executions
        live = [run for run in store.runs.values() if run.is_live]
        assert len({run.campaign_id for run in live}) == len(live), "two live runs of one campaign"
        assert len(executions.dispatched) == len(set(executions.dispatched)), "one run was dispatched twice"
        names = {run.execution_name for run in live}
        at_work = {e.name for e in executions.executions.values() if e.outcome is None}
        assert at_work <= names, f"work without a live run: {at_work - names}"
        for pool, before in self._live_before.items():
            now = len(store.live_in(pool))
            row = store.pools.get(pool)
            default = self.orchestra.container.pools().by_name[pool].default_limit
            limit = default if row is None or row.max_live is None else row.max_live
            assert now <= before or now <= limit, f"{pool} grew to {now} at limit {limit}"
            self._live_before[pool] = now

    def _converge(self) -> None:
        """The faults have stopped, every dispatcher is dead, and time has passed."""
        orchestra = self.orchestra
        self.trace.append("the faults stop")
        orchestra.clock.advance(budgets.HEARTBEAT_GRACE_SECONDS + 400)
        orchestra.ask("reconcile")
        self._check_safety()
        for pool in ("voice", "sms"):
            assert orchestra.live(pool) == orchestra.shown(pool), f"the ledger of {pool} differs"
        for run in orchestra.store.runs.values():
            assert run.state not in (RunState.DISPATCHING, RunState.STOPPING), f"{run.identity} is {run.state}"
            if run.is_live:
                assert orchestra.status(run.campaign_id) == "active", f"{run.identity} of no active campaign"
        for campaign in CAMPAIGNS:
            is_live = orchestra.store.live_run(campaign) is not None
            assert is_live == (orchestra.status(campaign) == "active"), f"{campaign} and its run disagree"
        before = dict(orchestra.store.runs)
        again = orchestra.ask("reconcile")["pools"]
        assert all(not pool["repairs"] and pool["projection"] == "current" for pool in again.values()), again
        assert before == dict(orchestra.store.runs), "a second pass changes something"
