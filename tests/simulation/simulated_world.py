"""Everything outside of the processes of a history: stores, dispatchers, time, and what is under way."""

from datetime import datetime
from typing import Any
from uuid import NAMESPACE_OID, uuid5

from attrs import define, evolve, field
from resumable_process import Call, ResumableProcess

from asking.requests import ORIGIN
from orchestrator_adapters.memory.campaign_repository import InMemoryCampaignRepository
from orchestrator_adapters.memory.campaign_store import InMemoryCampaignStore
from orchestrator_adapters.memory.clock import SettableClock
from orchestrator_adapters.memory.dispatcher import BURNED_INPUT, InMemoryExecutions, InMemoryMessages
from orchestrator_adapters.memory.event_publisher import InMemoryEventPublisher
from orchestrator_adapters.memory.pool_control import InMemoryPoolControl
from orchestrator_adapters.memory.run_claims import InMemoryRunClaims
from orchestrator_adapters.memory.slot_ledger import InMemorySlotLedger
from orchestrator_adapters.memory.upkeep_records import InMemoryUpkeepRecords
from orchestrator_domain.campaign import STATUS_TABLE
from orchestrator_domain.decisions import Decision, Verdict
from orchestrator_domain.pool_decisions import PoolVerdict
from orchestrator_domain.ports.run_ids import RunIds
from orchestrator_domain.run import Run, RunIdentity

CAMPAIGNS = {"v1": "voice", "v2": "hybrid", "v3": "voice", "s1": "sms", "s2": "sms"}
IDS = tuple(CAMPAIGNS)
POOLS = ("voice", "sms")
PORT_OF_ONE = {"step_functions": "voice", "sms_function": "sms"}
LIMITS = {"voice": 2, "sms": 1}


@define
class IdsByPlace(RunIds):
    """Ids that follow from who draws them and when, so that they stay the same when others are not there."""

    place: str = ""

    def next_id(self) -> str:
        return uuid5(NAMESPACE_OID, self.place).hex


@define
class SimulatedWorld:
    """The in-memory adapters, and what only somebody who sees everything can know.

    Attributes:
        late: calls whose callers have given them up, and that may still arrive.
        sending: which processes are physically at work, and on which run.
        fenced: the runs that a pause, stop or repair has fenced, by the answer of the commit.
        admitted, admitted_by: the runs that were admitted, per campaign and idempotency key, and by which process.
        agreed: the campaigns and keys whose pause or stop stood at the moment when it was decided; the pools and
            keys whose halt, or its end, did.
        redriven: executions that somebody has run again, by their names.
        saved: the slot ledger as it was last saved.
    """

    clock: SettableClock = field(factory=SettableClock)
    ids: IdsByPlace = field(factory=IdsByPlace)
    executions: InMemoryExecutions = field(factory=InMemoryExecutions)
    messages: InMemoryMessages = field(factory=InMemoryMessages)
    publisher: InMemoryEventPublisher = field(factory=InMemoryEventPublisher)
    late: list[tuple[str, Call]] = field(factory=list)
    sending: dict[str, RunIdentity] = field(factory=dict)
    fenced: set[RunIdentity] = field(factory=set)
    admitted: dict[tuple[str, str], list[RunIdentity]] = field(factory=dict)
    admitted_by: dict[str, RunIdentity] = field(factory=dict)
    agreed: set[tuple[str, str]] = field(factory=set)
    redriven: set[str] = field(factory=set)
    saved: dict[str, Any] = field(factory=dict)
    store: InMemoryCampaignStore = field(init=False)
    ledger: InMemorySlotLedger = field(init=False)
    ports: dict[str, Any] = field(init=False)
    began: datetime = field(init=False)

    def __attrs_post_init__(self) -> None:
        self.store = InMemoryCampaignStore(self.clock)
        self.ledger = InMemorySlotLedger(self.clock)
        self.ports = {
            "repository": InMemoryCampaignRepository(self.store),
            "pool_control": InMemoryPoolControl(self.store),
            "upkeep_records": InMemoryUpkeepRecords(self.store),
            "claims": InMemoryRunClaims(self.store, self.ids),
            "ledger": self.ledger,
            "step_functions": self.executions,
            "sms_function": self.messages,
            "publisher": self.publisher,
            "world": self,
        }
        for campaign, campaign_type in CAMPAIGNS.items():
            self.store.put_campaign(campaign, campaign_type=campaign_type)
        for pool, limit in LIMITS.items():
            self.set_limit(pool, limit)
        self.began = self.clock.now()

    @property
    def seconds(self) -> float:
        """How much time has passed."""
        return (self.clock.now() - self.began).total_seconds()

    def make(self, process: ResumableProcess, call: Call) -> Any:
        """Let a call have its effect now."""
        self.ids.place = f"{process.name}/{process.calls_made}"
        self.stops_sending(process)
        port, method = call.name.split(".")
        answer = getattr(self.ports[port], method)(*call.arguments, **call.named)
        self._note(process.name, call, answer)
        return answer

    def arrive(self, who: str) -> None:
        """A call that was given up has its effect after all; nobody hears the answer."""
        for position, (name, call) in enumerate(self.late):
            if name == who:
                del self.late[position]
                self.make(ResumableProcess(f"{who}-late", lambda _: None), call)
                return

    def send(self, identity: RunIdentity, process: str) -> None:
        """A dispatcher has begun to send a batch."""
        self.sending[process] = identity

    def close(self, execution_name: str, outcome: Any) -> None:
        self.executions.close(execution_name, outcome)

    def stops_sending(self, process: ResumableProcess) -> None:
        self.sending.pop(process.name, None)

    def run(self, campaign_id: str, number: int) -> Run | None:
        return self.store.runs.get(RunIdentity(campaign_id=campaign_id, number=number))

    def set_limit(self, pool: str, limit: int) -> None:
        InMemoryPoolControl(self.store).set_limit(pool, limit, origin=ORIGIN)

    def set_halt(self, pool: str, reason: str | None) -> None:
        InMemoryPoolControl(self.store).set_halt(pool, reason, origin=ORIGIN)

    def open_executions(self) -> dict[str, bytes]:
        """Name and input of what is open and was not burned."""
        everything = self.executions.executions.values()
        return {e.name: e.given for e in everything if e.outcome is None and e.given != BURNED_INPUT}

    def _note(self, process: str, call: Call, answer: Any) -> None:
        if isinstance(answer, Decision) and answer.verdict in (Verdict.STOPPING, Verdict.ALREADY_DONE):
            asked = call.arguments[0]
            row = self.store.campaigns.get(asked.campaign_id)
            if row is None or row.status == STATUS_TABLE[asked.action].to:
                self.agreed.add((asked.campaign_id, asked.key.key))
        if isinstance(answer, Decision) and not answer.replayed and answer.run is not None:
            if answer.verdict is Verdict.STOPPING:
                self.fenced.add(answer.run.identity)
            elif answer.verdict is Verdict.ADMITTED:
                request = call.arguments[0]
                runs = self.admitted.setdefault((request.campaign_id, request.key.key), [])
                runs.append(answer.run.identity)
                self.admitted_by[process] = answer.run.identity
        elif call.name in ("repository.fence_run", "pool_control.pause_run") and answer is not None:
            self.fenced.add(answer.identity)
        elif call.name == "pool_control.change" and answer is not PoolVerdict.KEY_REUSED:
            request = call.arguments[0]
            self.agreed |= {(pool, request.key.key) for pool in request.halts if request.key}


def channel_of_call(call: Call) -> str | None:
    """The channel that a call concerns; None when it concerns both."""
    port = call.name.split(".")[0]
    if port in PORT_OF_ONE:
        return PORT_OF_ONE[port]
    for given in (*call.arguments, *call.named.values()):
        for name in (given, getattr(given, "campaign_id", None), getattr(given, "identity", None)):
            named = getattr(name, "campaign_id", name)
            if isinstance(named, (list, tuple)) and named:
                named = named[0] if len(set(map(channel_of, named))) == 1 else None
            if isinstance(named, str) and named[:1] in ("v", "s"):
                return channel_of(named)
        pools = getattr(given, "by_name", None) or getattr(given, "halts", None)
        if pools is not None and len(pools) == 1:
            return str(next(iter(pools)))
    return None


def channel_of(name: str) -> str:
    """The pool of the campaign, or the execution, of this name."""
    return "voice" if name.startswith("v") else "sms"


def at_attempt(run: Run, attempt: int) -> Run:
    return evolve(run, attempts=attempt)
