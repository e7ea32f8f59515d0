"""Every call of every port, in every action, signal and dispatcher, alone and in pairs.

The process dies before or after the call, the call fails, its answer is lost, slow or old, it is refused, or it
arrives when nobody waits for it any more. Then the faults stop, the grace passes, and one reconcile must leave
repository, ledger and dispatchers in agreement, and a second one must find nothing to do. Every promise is asked
after every step.
"""

from itertools import chain

import pytest
from broken_protocols import (
    BROKEN_PROTOCOLS,
    Breaking,
    burns_no_names,
    checks_then_inserts,
    claims_for_everybody,
    grants_batches_while_stopping,
    looks_at_no_lease,
)
from crash_points import Explorer, Scene
from crash_scenes import ACTIONS_IN_PAIRS, OF_CHANNEL, pairs, pairs_with_a_dispatcher, singles
from history_steps import Step

FOUND_WITH_A_DISPATCHER = [grants_batches_while_stopping, looks_at_no_lease, claims_for_everybody]
FOUND_IN_PAIRS_OF_STARTS = [burns_no_names, checks_then_inserts]
FOUND_ELSEWHERE = {
    *(broken.__name__ for broken in FOUND_WITH_A_DISPATCHER + FOUND_IN_PAIRS_OF_STARTS),
    # These take long to find here, and no time among random histories.
    *("believes_events", "reconcile_without_queued", "pauses_whether_halted_or_not"),
}
FOUND_ALONE = [broken for broken in BROKEN_PROTOCOLS if broken.__name__ not in FOUND_ELSEWHERE]
POINTS_ALONE, POINTS_IN_PAIRS = 7_000, 400


def explore_singles() -> Explorer:
    explorer = Explorer()
    for scene in singles():
        explorer.explore_single(scene)
    return explorer


def explore_pairs(*found: list[tuple[Scene, Step]]) -> Explorer:
    explorer = Explorer()
    for scene, second in chain(*found):
        explorer.explore_pair(scene, second)
    return explorer


def test_it_converges_wherever_it_is_harmed() -> None:
    assert explore_singles().points >= POINTS_ALONE


@pytest.mark.parametrize("first", ACTIONS_IN_PAIRS)
@pytest.mark.parametrize("channel", OF_CHANNEL)
def test_it_converges_after_any_pair_of_harmed_actions(channel: str, first: str) -> None:
    assert explore_pairs(pairs(channel, first)).points >= POINTS_IN_PAIRS


@pytest.mark.parametrize("channel", OF_CHANNEL)
def test_it_converges_after_any_harmed_action_beside_a_dispatcher_at_work(channel: str) -> None:
    assert explore_pairs(pairs_with_a_dispatcher(channel)).points >= POINTS_IN_PAIRS


@pytest.mark.parametrize("break_it", FOUND_ALONE, ids=lambda breaking: breaking.__name__)
def test_a_broken_protocol_is_found_by_one_harm(monkeypatch: pytest.MonkeyPatch, break_it: Breaking) -> None:
    break_it(monkeypatch)
    with pytest.raises(AssertionError, match="REPLAY="):
        explore_singles()


@pytest.mark.parametrize("break_it", FOUND_WITH_A_DISPATCHER, ids=lambda breaking: breaking.__name__)
def test_a_broken_fence_is_found_beside_a_dispatcher(monkeypatch: pytest.MonkeyPatch, break_it: Breaking) -> None:
    break_it(monkeypatch)
    with pytest.raises(AssertionError, match="REPLAY="):
        explore_pairs(pairs_with_a_dispatcher("sms"))


@pytest.mark.parametrize("break_it", FOUND_IN_PAIRS_OF_STARTS, ids=lambda breaking: breaking.__name__)
def test_a_broken_admission_is_found_by_two_harms(monkeypatch: pytest.MonkeyPatch, break_it: Breaking) -> None:
    break_it(monkeypatch)
    with pytest.raises(AssertionError, match="REPLAY="):
        explore_pairs(pairs("sms", "start"), pairs("voice", "start"))
