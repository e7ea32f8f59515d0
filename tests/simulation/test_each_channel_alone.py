"""Property 27 on random histories, interleaved at every port call and under faults."""

from typing import Any

import pytest
from broken_protocols import Breaking
from drawing import Drawing
from history_steps import Step
from promises import BrokenPromise
from purged_history import is_as_if_the_other_were_not_there

from orchestrator_adapters.memory.campaign_store import InMemoryCampaignStore
from orchestrator_adapters.memory.pool_control import InMemoryPoolControl
from orchestrator_adapters.memory.slot_ledger import InMemorySlotLedger
from orchestrator_domain.run import Run

BLOCKS, HISTORIES_A_BLOCK = 4, 60
ENOUGH_TO_FIND = 30


def compare_many(seeds: range) -> None:
    for seed in seeds:
        drawing = Drawing(seed)
        drawing.play()
        try:
            is_as_if_the_other_were_not_there(drawing.steps)
        except BrokenPromise as broken:
            raise AssertionError(f"seed {seed}: {broken}") from broken


def broken_by(steps: list[Step]) -> str | None:
    try:
        is_as_if_the_other_were_not_there(steps)
    except BrokenPromise as broken:
        return broken.promise
    return None


@pytest.mark.parametrize("block", range(BLOCKS))
def test_each_channel_is_as_if_the_other_were_not_there(block: int) -> None:
    compare_many(range(block * HISTORIES_A_BLOCK, (block + 1) * HISTORIES_A_BLOCK))


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


@pytest.mark.parametrize(
    "break_it", [counts_both_channels_in_one_pool, halts_both_channels, shows_both_channels_in_one_set]
)
def test_what_is_shared_between_the_channels_is_found(monkeypatch: pytest.MonkeyPatch, break_it: Breaking) -> None:
    drawings = [Drawing(seed) for seed in range(ENOUGH_TO_FIND)]
    for drawing in drawings:
        drawing.play()
    break_it(monkeypatch)
    assert "is_as_if_the_other_were_not_there" in {broken_by(drawing.steps) for drawing in drawings}
