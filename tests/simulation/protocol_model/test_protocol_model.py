"""Every interleaving of a few processes, with crashes and lost answers, within bounds."""

import pytest
from protocol_model.exploration import Exploration, Scenario, Verdict
from protocol_model.mutations import MUTATIONS, Mutation
from protocol_model.rules import Rules
from protocol_model.scenarios import BY_NAME
from protocol_model.store import AFTER, ALLOWED_FROM, LEADS_TO

from orchestrator_domain.campaign import STATUS_AFTER_OUTCOME, STATUS_TABLE
from orchestrator_domain.run import NEXT_STATES, RunOutcome, RunState


def _one_campaign(name: str, **bounds: int) -> Scenario:
    return BY_NAME[name].alone().within(**bounds)


EXPLORED = (
    _one_campaign("voice: start A | stop A"),
    _one_campaign("foreign: start A | stop A"),
    _one_campaign("sms: start A | stop A"),
    _one_campaign("voice: retry A, twice the same request", losses=0),
    _one_campaign("sms: start A, twice the same request", losses=0),
)


@pytest.fixture(scope="module")
def verdicts() -> dict[str, Verdict]:
    return {scenario.name: Exploration(scenario, Rules()).explore() for scenario in EXPLORED}


def test_every_promise_holds_in_every_state(verdicts: dict[str, Verdict]) -> None:
    for name, verdict in verdicts.items():
        assert not verdict.broken, "\n".join([name, verdict.broken, *verdict.trace])
        assert verdict.states > 1_000


@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda mutation: str(mutation.name))
def test_a_broken_protocol_is_found_unless_a_second_fence_holds(mutation: Mutation) -> None:
    verdict = Exploration(mutation.scenario, mutation.rules).explore()
    print(f"{mutation.name}: {verdict.broken or 'safe'} after {len(verdict.trace)} steps, {verdict.states} states")
    assert bool(verdict.broken) != mutation.is_safe, "\n".join([verdict.broken, *verdict.trace])
    if not mutation.is_safe:
        assert not Exploration(mutation.scenario, Rules()).explore().broken, "found without the mutation too"


def test_the_model_s_status_table_is_the_code_s() -> None:
    for action, change in STATUS_TABLE.items():
        # The model has no scheduled campaigns: the table treats them as drafts.
        assert ALLOWED_FROM[action] == {str(status) for status in change.allowed_from} - {"scheduled"}
        assert LEADS_TO[action] == change.to
    for outcome, status in STATUS_AFTER_OUTCOME.items():
        if outcome not in (RunOutcome.TIMED_OUT, RunOutcome.ABORTED):
            assert AFTER.get(outcome) == status


def test_the_model_s_steps_are_the_code_s(verdicts: dict[str, Verdict]) -> None:
    seen = {step for verdict in verdicts.values() for step in verdict.steps_seen}
    by_the_code = {(str(before), str(after)) for before in RunState for after in NEXT_STATES[before]}
    assert {step[1:] for step in seen if step[0] == "run"} == by_the_code
    statuses = {(str(old), str(change.to)) for change in STATUS_TABLE.values() for old in change.allowed_from}
    ended = {("active", str(status)) for status in STATUS_AFTER_OUTCOME.values() if status is not None}
    returned = {("active", before) for before in ("draft", "paused", "failed")}
    assert {step[1:] for step in seen if step[0] == "status"} <= statuses | ended | returned
