"""Random histories, from seeds that are printed; a failure replays from its seed alone."""

from collections.abc import Callable
from typing import Any

import pytest
from attrs import evolve
from random_history import RandomHistory

from orchestrator_adapters.memory import run_ending
from orchestrator_adapters.memory.campaign_store import InMemoryCampaignStore
from orchestrator_adapters.memory.dispatcher import InMemoryExecutions
from orchestrator_domain.campaign import STATUS_TABLE, Action, CampaignStatus
from orchestrator_domain.decisions import RunEnd
from orchestrator_domain.pools import PoolUsage
from orchestrator_domain.run import Run
from orchestrator_domain.use_cases.settle_run import SettleRun, Step
from orchestrator_domain.use_cases.wind_down import WindDown

BLOCKS, HISTORIES_A_BLOCK = 15, 200
ENOUGH_TO_FIND = 1_500


def play(seed: int) -> None:
    history = RandomHistory(seed)
    try:
        history.play()
    except AssertionError as broken:
        shown = "\n".join(history.trace)
        raise AssertionError(f"seed {seed}: {broken}\n{shown}") from broken


def play_many(seeds: range) -> None:
    for seed in seeds:
        play(seed)


@pytest.mark.parametrize("block", range(BLOCKS))
def test_histories_are_safe_and_converge(block: int) -> None:
    play_many(range(block * HISTORIES_A_BLOCK, (block + 1) * HISTORIES_A_BLOCK))


def test_a_history_follows_from_its_seed() -> None:
    traces = []
    for _ in range(2):
        history = RandomHistory(4)
        history.play()
        traces.append(history.trace)
    assert traces[0] == traces[1]
    assert len(traces[0]) > 20


def admits_everybody(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(PoolUsage, "admits", property(lambda _: True))


def allows_two_live_runs(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(InMemoryCampaignStore, "live_run", lambda *_: None)
    start = STATUS_TABLE[Action.START]
    patch.setattr(
        "orchestrator_adapters.memory.admission.STATUS_TABLE",
        {action: evolve(start, allowed_from=frozenset(CampaignStatus)) for action in Action},
    )


def ends_without_stopping(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(WindDown, "_execution_is_over", lambda *_: True)


def trusts_a_refusal(patch: pytest.MonkeyPatch) -> None:
    original = run_ending._verdict

    def verdict(store: Any, run: Run, end: RunEnd, now: Any) -> object:
        return original(store, run, evolve(end, only_if_attempts=None), now)

    patch.setattr(run_ending, "_verdict", verdict)


def leaves_what_is_half_done(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(SettleRun, "_dispatching", lambda self, run, *_: Step(run=run))


def knows_no_names(patch: pytest.MonkeyPatch) -> None:
    original = InMemoryExecutions._start

    def start(self: InMemoryExecutions, run: Run) -> object:
        self.executions.pop(run.execution_name, None)
        return original(self, run)

    patch.setattr(InMemoryExecutions, "_start", start)


@pytest.mark.parametrize(
    "break_it",
    [
        admits_everybody,
        allows_two_live_runs,
        ends_without_stopping,
        trusts_a_refusal,
        leaves_what_is_half_done,
        knows_no_names,
    ],
)
def test_a_broken_protocol_is_found_within_the_normal_run(
    monkeypatch: pytest.MonkeyPatch, break_it: Callable[[pytest.MonkeyPatch], None]
) -> None:
    break_it(monkeypatch)
    with pytest.raises(AssertionError, match="seed"):
        play_many(range(ENOUGH_TO_FIND))
