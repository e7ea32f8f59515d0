"""The orchestrator's process is killed (kill -9) at every step of every action (F18 to F27).

It is killed before the first call of a port, and after each. To be killed before any other call leaves the same
behind as to be killed after the one before it, because between two calls nothing happens outside of the process.
"""

from collections.abc import Callable

import pytest
from attrs import frozen
from crashing_ports import Crash, Harm, Harmful

from harming.agreement import require_agreement, require_no_orphans, require_rest
from harming.doomed_process import Doom, ask_doomed
from harming.ground import Ground

MOST_CALLS = 30
DOOMS = [(0, Doom.KILLED_BEFORE), *((at, Doom.KILLED_AFTER) for at in range(MOST_CALLS))]


@frozen
class Scene:
    """An action on a campaign that something has happened to."""

    action: str
    before: Callable[[Ground, str], str]

    def __str__(self) -> str:
        return f"{self.action}-{self.before.__name__}"


def a_draft(ground: Ground, campaign_type: str) -> str:
    return ground.put_campaign(campaign_type)


def failed(ground: Ground, campaign_type: str) -> str:
    return ground.put_campaign(campaign_type, status="failed")


def started(ground: Ground, campaign_type: str) -> str:
    campaign = ground.put_campaign(campaign_type)
    answer = ground.ask("start", campaign)
    assert answer["success"], answer
    return campaign


def paused(ground: Ground, campaign_type: str) -> str:
    campaign = started(ground, campaign_type)
    answer = ground.ask("pause", campaign)
    assert (answer["success"], answer["runState"]) == (True, "ended"), answer
    return campaign


SCENES = [
    Scene("start", a_draft),
    Scene("pause", started),
    Scene("resume", paused),
    Scene("stop", started),
    Scene("retry", failed),
]


@pytest.mark.parametrize("campaign_type", ["voice", "sms"])
@pytest.mark.parametrize("scene", SCENES, ids=str)
def test_an_action_that_is_killed_anywhere_is_finished(ground: Ground, scene: Scene, campaign_type: str) -> None:
    killed: dict[str, str] = {}
    for at, doom in DOOMS:
        campaign = scene.before(ground, campaign_type)
        event = {"action": scene.action, "campaignId": campaign, "idempotencyKey": "the-key"}
        process = ask_doomed(ground.variables(), event, at=at, doom=doom)
        process.wait()
        if not process.was_killed:
            assert process.answer is not None
            assert process.answer["success"], process.answer
            break
        assert process.answer is None
        killed[campaign] = f"{doom.value}, {process.calls}"
        # Whoever asks again at once has the truth, or is told to ask later.
        again = ground.send(event)
        assert again["success"] or again["retryable"], f"{again}; {killed[campaign]}"
    else:
        raise AssertionError("an action makes more calls than are harmed")
    assert len(killed) >= 4
    ground.let_ends_be_shown()
    ground.pass_grace()
    require_no_orphans(ground.reconcile())
    require_agreement(ground, str(killed))
    require_rest(ground, str(killed))
    for campaign, where in killed.items():
        event = {"action": scene.action, "campaignId": campaign, "idempotencyKey": "the-key"}
        answer = ground.send(event)
        assert answer["success"], f"{answer}; {where}"
        runs = ground.sql("SELECT count(*) FROM campaign_runs WHERE campaign_id = %s", campaign)[0][0]
        assert runs == (2 if scene.before is paused else 1), where


def test_a_halt_that_is_killed_anywhere_is_finished_by_its_repetition_or_by_reconciliation(ground: Ground) -> None:
    halts = 0
    for at, doom in DOOMS:
        campaign, late = started(ground, "voice"), ground.put_campaign("voice")
        event = {
            "action": "halt",
            "campaignType": "voice",
            "reason": "an incident",
            "idempotencyKey": f"halt-{at}-{doom.name}",
        }
        process = ask_doomed(ground.variables(), event, at=at, doom=doom)
        process.wait()
        where = f"{doom.value}, {process.calls}"
        if doom is Doom.KILLED_AFTER:
            halts += 1
            assert ground.ask("start", late)["errorCode"] == "pool_halted", where
        if process.was_killed and at % 2:
            ground.reconcile()
        elif process.was_killed:
            assert ground.send(event)["complete"], where
            halts += doom is Doom.KILLED_BEFORE
        assert ground.sql("SELECT count(*) FROM campaign_runs WHERE pool = 'voice' AND state <> 'ended'") == [
            (0,)
        ], where
        assert ground.sql("SELECT status FROM campaigns WHERE id = %s", campaign) == [("paused",)], where
        rows = ground.sql(
            "SELECT count(*) FROM campaign_events WHERE campaign_id = 'pool:voice' AND kind = 'halted'"
        )
        assert rows == [(halts,)], where
        assert ground.ask("unhalt", campaignType="voice")["success"]
        if not process.was_killed:
            break
    else:
        raise AssertionError("a halt makes more calls than are harmed")
    assert at > 5
    ground.let_ends_be_shown()
    ground.pass_grace()
    require_no_orphans(ground.reconcile())
    require_agreement(ground)
    require_rest(ground)


def test_a_reconciliation_that_is_killed_anywhere_is_finished_by_the_next(ground: Ground) -> None:
    for at, doom in DOOMS:
        left_half_done(ground)
        process = ask_doomed(ground.variables(), {"action": "reconcile"}, at=at, doom=doom)
        process.wait()
        where = f"{doom.value}, {process.calls}"
        require_no_orphans(ground.reconcile())
        require_agreement(ground, where)
        require_rest(ground, where)
        if not process.was_killed:
            break
        for (campaign,) in ground.sql("SELECT id FROM campaigns WHERE status = 'active'"):
            ground.ask("stop", campaign)
    else:
        raise AssertionError("a reconciliation makes more calls than are harmed")
    assert at > 5


def left_half_done(ground: Ground) -> None:
    """A start that died after its admission, a stop that died after its commit, of each channel."""
    for campaign_type in ("voice", "sms"):
        draft, stopped = ground.put_campaign(campaign_type), started(ground, campaign_type)
        for action, campaign in (("start", draft), ("stop", stopped)):
            event = {"action": action, "campaignId": campaign}
            with pytest.raises(Crash):
                ground.ask_crashing(event, Harmful(at=0, harm=Harm.CRASH_AFTER, called=[]))
    ground.pass_grace()
