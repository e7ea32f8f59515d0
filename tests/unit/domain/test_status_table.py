"""The status table, against the table of the design written out again."""

import pytest

from orchestrator_domain.campaign import (
    STATUS_AFTER_OUTCOME,
    STATUS_TABLE,
    Action,
    CampaignStatus,
    actions_allowed_in,
)
from orchestrator_domain.run import NEXT_STATES, Progress, RunOutcome, RunState

DESIGN = {
    ("draft", "start"): "active",
    ("scheduled", "start"): "active",
    ("active", "pause"): "paused",
    ("paused", "resume"): "active",
    ("draft", "stop"): "cancelled",
    ("scheduled", "stop"): "cancelled",
    ("active", "stop"): "cancelled",
    ("paused", "stop"): "cancelled",
    ("failed", "retry"): "active",
}


@pytest.mark.parametrize("status", CampaignStatus)
@pytest.mark.parametrize("action", Action)
def test_every_pair_of_status_and_action(status: CampaignStatus, action: Action) -> None:
    change = STATUS_TABLE[action]
    allowed = status in change.allowed_from
    assert allowed == ((status.value, action.value) in DESIGN)
    if allowed:
        assert change.to.value == DESIGN[status.value, action.value]
    assert (action in actions_allowed_in(status)) == allowed


def test_actions_that_end_in_active_make_a_run() -> None:
    for change in STATUS_TABLE.values():
        assert change.makes_a_run == (change.to is CampaignStatus.ACTIVE)


def test_every_outcome_has_its_row() -> None:
    assert set(STATUS_AFTER_OUTCOME) == set(RunOutcome)
    assert STATUS_AFTER_OUTCOME[RunOutcome.SUCCEEDED] is CampaignStatus.COMPLETED
    assert STATUS_AFTER_OUTCOME[RunOutcome.RETURNED] is None
    assert STATUS_AFTER_OUTCOME[RunOutcome.STOPPED] is None
    failed = set(RunOutcome) - {RunOutcome.SUCCEEDED, RunOutcome.RETURNED, RunOutcome.STOPPED}
    assert {STATUS_AFTER_OUTCOME[outcome] for outcome in failed} == {CampaignStatus.FAILED}


def test_run_states_only_advance() -> None:
    order = list(RunState)
    assert set(NEXT_STATES) == set(RunState)
    for state, following in NEXT_STATES.items():
        assert all(order.index(later) > order.index(state) for later in following)
        assert (RunState.ENDED in following) == (state is not RunState.ENDED)


def test_a_completion_adds_up() -> None:
    assert Progress().adds_up
    assert Progress(total=6, sent=3, skipped=2, failed=1).adds_up
    assert not Progress(total=6, sent=3, skipped=2).adds_up
