"""An orchestrator's process is frozen at a step, the others move on, and then it goes on (F28)."""

import pytest

from harming.agreement import require_agreement, require_no_orphans, require_rest
from harming.doomed_process import Doom, ask_doomed
from harming.ground import Ground

MOST_CALLS = 12


@pytest.mark.parametrize("campaign_type", ["voice", "sms"])
@pytest.mark.parametrize("doom", [Doom.FROZEN_BEFORE, Doom.FROZEN_AFTER], ids=lambda doom: doom.name.lower())
def test_what_a_frozen_start_does_after_a_stop_changes_nothing(
    ground: Ground, doom: Doom, campaign_type: str
) -> None:
    frozen = []
    for at in range(MOST_CALLS):
        campaign = ground.put_campaign(campaign_type)
        event = {"action": "start", "campaignId": campaign, "idempotencyKey": "the-key"}
        process = ask_doomed(ground.variables(), event, at=at, doom=doom)
        if not process.wait():
            break
        frozen.append((campaign, process))
    else:
        raise AssertionError("a start makes more calls than are frozen")
    assert len(frozen) >= 3
    for campaign, _ in frozen:
        assert ground.ask("stop", campaign)["success"]
    ground.let_ends_be_shown()
    ground.pass_grace()
    require_no_orphans(ground.reconcile())
    require_agreement(ground)
    for campaign, process in frozen:
        process.thaw()
        # It tells what is true, or that it was overtaken; it may have told of success only what was so before.
        assert process.answer is not None
        assert process.answer["success"] or process.answer["errorCode"] in ("invalid_state", "dispatch_unconfirmed")
        where = f"{doom.value}, {process.calls}, {process.answer}"
        assert ground.sql("SELECT status FROM campaigns WHERE id = %s", campaign) == [("cancelled",)], where
    ground.let_ends_be_shown()
    ground.pass_grace()
    require_no_orphans(ground.reconcile())
    require_agreement(ground)
    require_rest(ground)


@pytest.mark.parametrize("doom", [Doom.FROZEN_BEFORE, Doom.FROZEN_AFTER], ids=lambda doom: doom.name.lower())
def test_what_a_frozen_pause_does_after_a_resume_stops_no_new_run(ground: Ground, doom: Doom) -> None:
    frozen = []
    for at in range(1, MOST_CALLS):
        campaign = ground.put_campaign("voice")
        assert ground.ask("start", campaign)["success"]
        process = ask_doomed(ground.variables(), {"action": "pause", "campaignId": campaign}, at=at, doom=doom)
        if not process.wait():
            break
        frozen.append((campaign, process))
    assert len(frozen) >= 3
    ground.reconcile()
    for campaign, _ in frozen:
        answer = ground.ask("resume", campaign)
        assert answer["success"], answer
    for _, process in frozen:
        process.thaw()
        assert process.answer is not None
        assert process.answer["success"], process.answer
    live = ground.sql("SELECT campaign_id, number FROM campaign_runs WHERE state <> 'ended' ORDER BY campaign_id")
    assert set(live) >= {(campaign, 2) for campaign, _ in frozen}
    ground.let_ends_be_shown()
    ground.pass_grace()
    require_no_orphans(ground.reconcile())
    require_agreement(ground)
    require_rest(ground)
