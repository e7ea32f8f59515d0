"""Property 27 on random histories, interleaved at every port call and under faults."""

from typing import Any

import pytest
from broken_protocols import Breaking
from drawing import Drawing
from findings import broken_by, find_first
from history_steps import Step, read, written
from promises import BrokenPromise
from purged_history import is_as_if_the_other_were_not_there

from orchestrator_adapters.memory.campaign_store import InMemoryCampaignStore
from orchestrator_adapters.memory.pool_control import InMemoryPoolControl
from orchestrator_adapters.memory.slot_ledger import InMemorySlotLedger
from orchestrator_domain.run import Run

BLOCKS, HISTORIES_A_BLOCK = 4, 40
ENOUGH_TO_FIND = 30


@pytest.mark.parametrize("block", range(BLOCKS))
def test_each_channel_is_as_if_the_other_were_not_there(block: int) -> None:
    finding = find_first(range(block * HISTORIES_A_BLOCK, (block + 1) * HISTORIES_A_BLOCK), each_alone=True)
    assert finding is None, str(finding)


def counts_both_channels_in_one_pool(patch: pytest.MonkeyPatch) -> None:
    def live_in(self: InMemoryCampaignStore, pool: str) -> list[Run]:
        return sorted((run for run in self.runs.values() if run.is_live), key=lambda run: run.created_at)

    patch.setattr(InMemoryCampaignStore, "live_in", live_in)


def halts_both_channels(patch: pytest.MonkeyPatch) -> None:
    original = InMemoryPoolControl.set_halt

    def set_halt(self: InMemoryPoolControl, pool: str, reason: str | None, **how: Any) -> None:
        for each in ("voice", "sms"):
            original(self, each, reason, **how)

    patch.setattr(InMemoryPoolControl, "set_halt", set_halt)


def shows_both_channels_in_one_set(patch: pytest.MonkeyPatch) -> None:
    original = InMemorySlotLedger._pool
    patch.setattr(InMemorySlotLedger, "_pool", lambda self, _: original(self, "voice"))


def what_depends_on_the_other(steps: list[Step]) -> str | None:
    try:
        is_as_if_the_other_were_not_there(steps)
    except BrokenPromise as broken:
        return broken.promise
    return None


@pytest.mark.parametrize(
    "break_it", [counts_both_channels_in_one_pool, halts_both_channels, shows_both_channels_in_one_set]
)
def test_what_is_shared_between_the_channels_is_found(monkeypatch: pytest.MonkeyPatch, break_it: Breaking) -> None:
    drawings = [Drawing(seed) for seed in range(ENOUGH_TO_FIND)]
    for drawing in drawings:
        drawing.play()
    break_it(monkeypatch)
    found = {what_depends_on_the_other(drawing.steps) for drawing in drawings}
    assert "is_as_if_the_other_were_not_there" in found


def test_what_is_told_of_it_is_small_and_replays_it(monkeypatch: pytest.MonkeyPatch) -> None:
    halts_both_channels(monkeypatch)
    finding = find_first(range(ENOUGH_TO_FIND), each_alone=True)
    assert finding is not None
    assert finding.promise == "is_as_if_the_other_were_not_there"
    assert len(finding.fewest) < len(finding.steps) / 3
    assert broken_by(read(written(finding.fewest))) == finding.promise
