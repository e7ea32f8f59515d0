"""An orchestrator in memory, with everything that a test may look at or break."""

from typing import Any

from attrs import define, field

from campaign_orchestrator.container import Container, build_container
from campaign_orchestrator.settings import read_settings
from orchestrator_adapters.memory.campaign_store import InMemoryCampaignStore
from orchestrator_adapters.memory.clock import SettableClock
from orchestrator_adapters.memory.deadline import NoDeadline
from orchestrator_adapters.memory.dispatcher import InMemoryExecutions, InMemoryMessages
from orchestrator_adapters.memory.event_publisher import InMemoryEventPublisher
from orchestrator_adapters.memory.metrics import InMemoryMetrics
from orchestrator_adapters.memory.run_claims import InMemoryRunClaims
from orchestrator_adapters.memory.run_ids import SequentialRunIds
from orchestrator_adapters.memory.slot_ledger import InMemorySlotLedger
from orchestrator_domain.ports.deadline import Deadline
from orchestrator_domain.ports.run_claims import Claim, ClaimRefusal
from orchestrator_domain.ports.run_ids import RunIds
from orchestrator_domain.run import Progress, Run, RunIdentity, RunOutcome

IN_MEMORY = {"ORCHESTRATOR_STORE": "memory", "ORCHESTRATOR_LEDGER": "memory", "ORCHESTRATOR_DISPATCHERS": "memory"}


@define
class Orchestra:
    """The whole orchestrator over in-memory adapters; ``ask`` goes through the same door as Lambda."""

    limits: dict[str, str] = field(factory=dict)
    ids: RunIds = field(factory=SequentialRunIds)
    clock: SettableClock = field(factory=SettableClock, init=False)
    container: Container = field(init=False)
    publisher: InMemoryEventPublisher = field(factory=InMemoryEventPublisher, init=False)
    metrics: InMemoryMetrics = field(factory=InMemoryMetrics, init=False)
    requests: int = field(default=0, init=False)

    def __attrs_post_init__(self) -> None:
        self.container = build_container(
            read_settings(IN_MEMORY | self.limits),
            {"clock": self.clock, "run_ids": self.ids, "publisher": self.publisher, "metrics": self.metrics},
        )

    @property
    def store(self) -> InMemoryCampaignStore:
        store = self.container.store()
        assert isinstance(store, InMemoryCampaignStore)
        return store

    @property
    def ledger(self) -> InMemorySlotLedger:
        ledger = self.container.ledger()
        assert isinstance(ledger, InMemorySlotLedger)
        return ledger

    @property
    def executions(self) -> InMemoryExecutions:
        executions = self.container.step_functions()
        assert isinstance(executions, InMemoryExecutions)
        return executions

    @property
    def messages(self) -> InMemoryMessages:
        messages = self.container.sms_function()
        assert isinstance(messages, InMemoryMessages)
        return messages

    def put(self, campaign_id: str, campaign_type: str = "voice", status: str = "draft", **more: Any) -> str:
        self.store.put_campaign(campaign_id, campaign_type=campaign_type, status=status, **more)
        return campaign_id

    def ask(
        self, action: str, campaign_id: str | None = None, *, deadline: Deadline | None = None, **more: Any
    ) -> dict[str, Any]:
        """One direct event."""
        event = {"action": action, **({"campaignId": campaign_id} if campaign_id else {}), **more}
        return self.send(event, deadline=deadline)

    def send(self, event: Any, *, deadline: Deadline | None = None) -> dict[str, Any]:
        """One event of any shape."""
        self.requests += 1
        answer: dict[str, Any] = self.container.service().answer(
            event, request_id=f"request-{self.requests}", deadline=deadline or NoDeadline()
        )
        return answer

    def status(self, campaign_id: str) -> str:
        return self.store.campaigns[campaign_id].status

    def run(self, campaign_id: str, number: int | None = None) -> Run:
        if number is not None:
            return self.store.runs[RunIdentity(campaign_id=campaign_id, number=number)]
        run = self.store.latest_run(campaign_id)
        assert run is not None
        return run

    def live(self, pool: str) -> set[str]:
        return {run.campaign_id for run in self.store.live_in(pool)}

    def shown(self, pool: str) -> set[str]:
        """What the slot ledger shows."""
        return set(self.ledger.active.get(pool, set()))

    def execution_ends(self, campaign_id: str, outcome: RunOutcome = RunOutcome.SUCCEEDED) -> dict[str, Any]:
        """Let the campaign's execution end, and deliver the event of it."""
        self.executions.close(self.run(campaign_id).execution_name, outcome)
        return self.execution_event(campaign_id)

    def execution_event(self, campaign_id: str, status: str = "SUCCEEDED") -> dict[str, Any]:
        """Deliver a status change of the campaign's execution, whatever is true."""
        return self.send(
            {
                "source": "aws.states",
                "detail-type": "Step Functions Execution Status Change",
                "detail": {"name": self.run(campaign_id).execution_name, "status": status},
            }
        )

    def destination_record(self, campaign_id: str, condition: str = "Success") -> dict[str, Any]:
        """Deliver the record of the campaign's invocation, whatever is true."""
        return self.send(
            {
                "version": "1.0",
                "requestContext": {"condition": condition},
                "requestPayload": {"campaignId": campaign_id, "runNumber": self.run(campaign_id).number},
            }
        )

    def claims(self) -> InMemoryRunClaims:
        return InMemoryRunClaims(self.store, SequentialRunIds("tokens"))

    def claim(self, message: Run, claimant: str = "function") -> Claim | ClaimRefusal:
        """What the dispatcher function does first with a message."""
        return self.claims().claim(
            message.identity, run_id=message.run_id, claimant=claimant, attempt=message.attempts
        )

    def work_off(self, message: Run, contacts: int = 5) -> None:
        """What the dispatcher function does with a message."""
        claim = self.claim(message)
        if isinstance(claim, Claim):
            done = Progress(total=contacts, sent=contacts)
            self.claims().finish(claim, outcome=RunOutcome.SUCCEEDED, progress=done, cause=None)
