"""The slot ledger in memory forgets unseen."""

from datetime import timedelta

import pytest

from orchestrator_adapters.memory.clock import SettableClock
from orchestrator_adapters.memory.slot_ledger import InMemorySlotLedger, LedgerEntry, Standing
from orchestrator_domain.pools import Holder


@pytest.mark.parametrize("the_other_channel_comes_first", [True, False])
def test_what_one_channel_comes_to_forget_changes_nothing_for_the_other(
    the_other_channel_comes_first: bool,
) -> None:
    clock = SettableClock()
    ledger = InMemorySlotLedger(clock)
    ledger.ended["s"] = LedgerEntry(1, Standing.ENDED, clock.now() - timedelta(hours=24))
    if the_other_channel_comes_first:
        ledger.release("voice", "v", 1)
    ledger.release("sms", "s", 1)
    ledger.record("sms", Holder(campaign_id="s", campaign_type="sms", run_number=1, since=clock.now()))
    assert ledger.details == {}
    assert ledger.active["sms"] == set()
