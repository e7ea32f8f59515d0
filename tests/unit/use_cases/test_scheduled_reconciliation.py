"""A scheduled reconciliation: every run in its turn, and no pool at the cost of another."""

from typing import Any

import pytest
from attrs import define

from asking.orchestra import Orchestra
from asking.requests import ORIGIN
from orchestrator_adapters.memory.deadline import NoDeadline
from orchestrator_domain import budgets
from orchestrator_domain.execution_name import execution_name
from orchestrator_domain.ports.deadline import Deadline
from orchestrator_domain.ports.dispatcher import ExecutionPhase, Observation, OpenExecutions
from orchestrator_domain.run import RunOutcome
from orchestrator_domain.upkeep_commands import ReconcileCommand

FUNCTION_SECONDS = 25.0


@define
class Countdown(Deadline):
    """The rest of an invocation, which only what a test does uses up."""

    seconds: float = FUNCTION_SECONDS

    def remaining_seconds(self) -> float:
        return self.seconds


@pytest.fixture
def orchestra() -> Orchestra:
    return Orchestra({"MAX_CONCURRENT_VOICE_CAMPAIGNS": "300", "MAX_CONCURRENT_SMS_CAMPAIGNS": "300"})


def scheduled(orchestra: Orchestra, deadline: Deadline | None = None) -> dict[str, Any]:
    event = {"source": "aws.events", "detail-type": "Scheduled Event", "detail": {}}
    return orchestra.send(event, deadline=deadline)


def started(orchestra: Orchestra, how_many: int, campaign_type: str = "voice") -> list[str]:
    names = [f"{campaign_type}-{number:03}" for number in range(how_many)]
    for name in names:
        orchestra.put(name, campaign_type)
        assert orchestra.ask("start", name)["success"]
    return names


def looked_at(answer: dict[str, Any]) -> dict[str, int]:
    return {name: pool["lookedAt"] for name, pool in answer["pools"].items()}


def voice_takes(patch: pytest.MonkeyPatch, orchestra: Orchestra, deadline: Countdown, seconds: float) -> None:
    """Each look at an execution takes ``seconds``, and shows nothing."""

    def observe(_: object) -> Observation:
        deadline.seconds -= seconds
        return Observation(phase=ExecutionPhase.OPEN)

    patch.setattr(type(orchestra.executions), "observe", lambda self, run: observe(run))


def test_it_goes_through_every_page_of_executions(orchestra: Orchestra) -> None:
    for number in range(250):
        orchestra.executions.begin(execution_name(f"c{number:03}", 1, "f" * 32), b"{}")
    assert len(scheduled(orchestra)["pools"]["voice"]["orphans"]) == 250


def test_it_looks_at_every_live_run(orchestra: Orchestra) -> None:
    names = started(orchestra, 250)
    orchestra.executions.close(orchestra.run(names[-1]).execution_name, RunOutcome.SUCCEEDED)
    assert looked_at(scheduled(orchestra)) == {"voice": 250, "sms": 0}
    assert orchestra.status(names[-1]) == "completed"


def test_one_that_runs_out_of_time_is_gone_on_with_by_the_next(
    monkeypatch: pytest.MonkeyPatch, orchestra: Orchestra
) -> None:
    started(orchestra, 30)
    seen = []
    for _ in range(3):
        deadline = Countdown()
        voice_takes(monkeypatch, orchestra, deadline, 0.9)
        seen.append(looked_at(scheduled(orchestra, deadline))["voice"])
    # From 25 s down to what one more step may need, 0.9 s each; the third goes on with the first run.
    assert seen == [15, 15, 15]
    assert orchestra.container.upkeep_records().place("voice") == "voice-014"
    assert looked_at(scheduled(orchestra))["voice"] == 30
    assert orchestra.container.upkeep_records().place("voice") is None


def test_no_step_is_begun_that_the_rest_may_not_cover(
    monkeypatch: pytest.MonkeyPatch, orchestra: Orchestra
) -> None:
    started(orchestra, 10)
    deadline = Countdown()
    voice_takes(monkeypatch, orchestra, deadline, budgets.RECONCILE_STEP_SECONDS)
    answer = scheduled(orchestra, deadline)
    assert deadline.seconds >= 0
    assert looked_at(answer) == {"voice": 2, "sms": 0}


def test_a_pool_whose_dispatcher_hangs_gives_way_to_the_other(
    monkeypatch: pytest.MonkeyPatch, orchestra: Orchestra
) -> None:
    started(orchestra, 10)
    started(orchestra, 200, "sms")
    deadline = Countdown()
    voice_takes(monkeypatch, orchestra, deadline, budgets.DISPATCH_SECONDS)
    assert looked_at(scheduled(orchestra, deadline)) == {"voice": 4, "sms": 200}


def test_a_pass_that_does_not_come_to_the_runs_keeps_their_place(
    monkeypatch: pytest.MonkeyPatch, orchestra: Orchestra
) -> None:
    started(orchestra, 3)
    records = orchestra.container.upkeep_records()
    records.remember_place("voice", "voice-000")
    deadline = Countdown(budgets.RECONCILE_STEP_SECONDS)

    def shown(*_: object, **__: object) -> OpenExecutions:
        deadline.seconds -= budgets.DISPATCH_SECONDS
        return OpenExecutions(names=(), next_page=None)

    monkeypatch.setattr(type(orchestra.executions), "open_executions", shown)
    assert looked_at(scheduled(orchestra, deadline)) == {"voice": 0, "sms": 0}
    assert records.place("voice") == "voice-000"


def test_a_ledger_for_which_there_is_no_time_is_told_to_be_stale(
    monkeypatch: pytest.MonkeyPatch, orchestra: Orchestra
) -> None:
    started(orchestra, 1)
    deadline = Countdown(budgets.RECONCILE_STEP_SECONDS)
    voice_takes(monkeypatch, orchestra, deadline, 10)
    assert scheduled(orchestra, deadline)["pools"]["voice"]["projection"] == "stale"


@pytest.mark.parametrize("place", [4, 14, 20])
def test_it_goes_on_behind_its_place_and_comes_round_to_each_run_once(orchestra: Orchestra, place: int) -> None:
    names = started(orchestra, 25)
    orchestra.container.upkeep_records().remember_place("voice", names[place])
    command = ReconcileCommand(origin=ORIGIN, limit=10, scheduled=True)
    (voice, _) = orchestra.container.reconcile().execute(command, NoDeadline()).pools
    assert voice.looked_at == [*names[place + 1 :], *names[: place + 1]]
    assert voice.cursor == {}
