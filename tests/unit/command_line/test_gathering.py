"""What takes several requests is answered as one."""

import json
from collections.abc import Mapping
from typing import Any

import pytest
from attrs import define, field

from campaign_orchestrator.command_line.commands.listing import list_campaigns
from campaign_orchestrator.command_line.commands.pools import CampaignTypes, halt, limits
from campaign_orchestrator.command_line.commands.reconcile import reconcile
from campaign_orchestrator.command_line.exit_codes import ExitCode
from campaign_orchestrator.command_line.failures import WrongUse
from campaign_orchestrator.command_line.screen import Screen
from campaign_orchestrator.command_line.session import Session
from campaign_orchestrator.command_line.targets.choice import Whereabouts


@define
class Scripted:
    """A target that gives its answers in turn."""

    answers: list[dict[str, Any]]
    events: list[Mapping[str, Any]] = field(factory=list)

    def ask(self, event: Mapping[str, Any]) -> dict[str, Any]:
        self.events.append(event)
        return self.answers.pop(0)

    def close(self) -> None:
        """Nothing is open."""


def session_of(*answers: dict[str, Any]) -> tuple[Session, Scripted]:
    session, target = Session(Screen(as_json=True), Whereabouts()), Scripted(list(answers))
    session._target = target
    return session, target


def campaigns(*ids: str, cursor: str | None) -> dict[str, Any]:
    return {"success": True, "campaigns": [{"campaignId": one} for one in ids], "cursor": cursor}


def reconciled(looked_at: int, repairs: list[str], cursor: Any) -> dict[str, Any]:
    pool = {"lookedAt": looked_at, "campaignIds": [], "repairs": repairs, "orphans": [], "foreignExecutions": 1}
    pools = {"voice": {**pool, "complete": cursor is None, "projection": "current"}}
    return {"success": True, "dryRun": False, "pools": pools, "cursor": cursor}


def halted(runs: list[str], remaining: int, cursor: Any) -> dict[str, Any]:
    voice = {"halted": "why", "runs": [{"campaignId": one} for one in runs], "remaining": remaining}
    return {"success": True, "message": "Halted", "pools": {"voice": voice}, "cursor": cursor}


def test_a_list_asks_until_it_has_enough(capsys: pytest.CaptureFixture[str]) -> None:
    session, target = session_of(campaigns("a", "b", cursor="b"), campaigns(cursor="f"), campaigns("g", cursor="g"))
    assert list_campaigns(session, status=["active"], limit=3) is ExitCode.DONE
    assert [(event.get("cursor"), event["limit"]) for event in target.events] == [(None, 3), ("b", 1), ("f", 1)]
    answer = json.loads(capsys.readouterr().out)
    assert [one["campaignId"] for one in answer["campaigns"]] == ["a", "b", "g"]
    assert answer["cursor"] == "g"


def test_a_reconciliation_goes_on_until_all_is_looked_at(capsys: pytest.CaptureFixture[str]) -> None:
    session, target = session_of(reconciled(100, ["x"], {"voice": "m"}), reconciled(7, ["y"], None))
    assert reconcile(session) is ExitCode.DONE
    assert target.events[1]["cursor"] == {"voice": "m"}
    pool = json.loads(capsys.readouterr().out)["pools"]["voice"]
    assert (pool["lookedAt"], pool["repairs"], pool["foreignExecutions"]) == (107, ["x", "y"], 2)


def test_a_reconciliation_that_does_not_get_on_ends(capsys: pytest.CaptureFixture[str]) -> None:
    session, target = session_of(*[reconciled(1, [], {"voice": "m"})] * 5)
    assert reconcile(session) is ExitCode.NOT_NOW
    assert len(target.events) == 2
    assert json.loads(capsys.readouterr().out)["errorCode"] == "incomplete"


def test_a_halt_goes_on_until_every_run_is_stopped(capsys: pytest.CaptureFixture[str]) -> None:
    session, target = session_of(halted(["a", "b"], 1, {"voice": "b"}), halted(["c"], 0, None))
    assert halt(session, CampaignTypes.voice, reason="why", yes=True) is ExitCode.DONE
    first, second = target.events
    assert (first["action"], first["campaignType"], first["reason"]) == ("halt", "voice", "why")
    assert (second["cursor"], second["idempotencyKey"]) == ({"voice": "b"}, first["idempotencyKey"])
    pool = json.loads(capsys.readouterr().out)["pools"]["voice"]
    assert ([run["campaignId"] for run in pool["runs"]], pool["remaining"]) == (["a", "b", "c"], 0)


def test_limits_are_numbers_or_the_default(capsys: pytest.CaptureFixture[str]) -> None:
    session, target = session_of({"success": True, "pools": {}}, {"success": True, "pools": {}})
    assert limits(session, ["voice=8", "sms=default"], reason="why") is ExitCode.DONE
    assert limits(session) is ExitCode.DONE
    changed, shown = target.events
    assert (changed["set"], changed["reason"]) == ({"voice": 8, "sms": None}, "why")
    assert shown == {"action": "limits"}
    with pytest.raises(WrongUse):
        limits(session, ["voice=many"])
    assert len(target.events) == 2
