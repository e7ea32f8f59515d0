"""The in-memory adapters that an Orchestrator is made of, together."""

from typing import TypedDict

from orchestrator_adapters.memory.campaign_repository import InMemoryCampaignRepository
from orchestrator_adapters.memory.campaign_store import InMemoryCampaignStore
from orchestrator_adapters.memory.event_publisher import DiscardingEventPublisher
from orchestrator_adapters.memory.pool_control import InMemoryPoolControl
from orchestrator_adapters.memory.run_ids import RandomRunIds
from orchestrator_adapters.memory.slot_ledger import InMemorySlotLedger
from orchestrator_adapters.memory.upkeep_records import InMemoryUpkeepRecords
from orchestrator_domain.ports.campaign_repository import CampaignRepository
from orchestrator_domain.ports.event_publisher import EventPublisher
from orchestrator_domain.ports.pool_control import PoolControl
from orchestrator_domain.ports.run_ids import RunIds
from orchestrator_domain.ports.slot_ledger import SlotLedger
from orchestrator_domain.ports.upkeep_records import UpkeepRecords


class Parts(TypedDict):
    """Arguments of ``orchestrator_domain.Orchestrator``."""

    repository: CampaignRepository
    pool_control: PoolControl
    upkeep_records: UpkeepRecords
    ledger: SlotLedger
    run_ids: RunIds
    publisher: EventPublisher


def in_memory_parts(store: InMemoryCampaignStore) -> Parts:
    """Everything over one store, with random run ids and nobody who listens to events."""
    return Parts(
        repository=InMemoryCampaignRepository(store),
        pool_control=InMemoryPoolControl(store),
        upkeep_records=InMemoryUpkeepRecords(store),
        ledger=InMemorySlotLedger(store.clock),
        run_ids=RandomRunIds(),
        publisher=DiscardingEventPublisher(),
    )
