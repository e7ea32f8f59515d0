"""The SMS dispatcher's work on a run, promise by promise, on a real database."""

from collections.abc import Callable, Iterator
from contextlib import suppress
from itertools import repeat
from typing import Any

import pytest

from campaign_contacts.message_provider import Delivery, Message, MessageProvider, Verdict
from campaign_contacts.recorded_messages import RecordingMessageProvider
from dispatching.desk import Desk
from dispatching.killing import Killed, Mortal
from orchestrator_domain.campaign import Action
from orchestrator_domain.ports.run_claims import LEASE_MARGIN_SECONDS
from orchestrator_domain.run import RunOutcome, RunState
from sms_dispatcher import sms_batch
from sms_dispatcher.sms_run import Ended, ProviderAway, Report, SmsRun

LONG = 600.0
SHORT = 60.0
"""Of a lease that expires before the run can no longer be claimed."""


@pytest.fixture(autouse=True)
def without_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sms_batch, "PAUSES_SECONDS", (0.0,))


class ScriptedProvider(MessageProvider):
    """Answers as it is told to, message by message, and records what it takes."""

    def __init__(self, desk: Desk, verdicts: Iterator[Verdict]) -> None:
        self._recording, self._verdicts = RecordingMessageProvider(desk.pool), verdicts
        self.before: Callable[[], None] = lambda: None

    def send(self, message: Message) -> Delivery:
        self.before()
        verdict = next(self._verdicts)
        if verdict in (Verdict.SENT, Verdict.UNKNOWN):
            delivery = self._recording.send(message)
            return delivery if verdict is Verdict.SENT else Delivery(verdict=verdict, code="no_answer")
        return Delivery(verdict=verdict, code="Scripted")


def work(
    desk: Desk,
    order: dict[str, Any],
    *,
    provider: MessageProvider | None = None,
    claimant: str = "first",
    seconds: Callable[[], float] = lambda: LONG,
) -> Report:
    run = SmsRun(claims=desk.claims, book=desk.book, provider=provider or RecordingMessageProvider(desk.pool))
    return run.work(order, claimant=claimant, seconds_left=seconds)


def test_every_contact_gets_one_message_and_the_campaign_completes(desk: Desk) -> None:
    campaign = desk.put_campaign()
    order = desk.order(campaign)
    assert work(desk, order).ended is Ended.FINISHED
    assert desk.recorded("recorded_messages", campaign) == {f"contact-{n}": 1 for n in range(1, 8)}
    run = desk.run(order)
    assert (run.outcome, run.cause, run.progress.sent, run.progress.total) == (RunOutcome.SUCCEEDED, None, 7, 7)
    assert desk.status(campaign) == "completed"
    text = desk.store.sql("SELECT DISTINCT body FROM recorded_messages WHERE campaign_id = %s", campaign)
    assert text == [("Good day, neighbour",)]


def test_a_campaign_without_contacts_completes(desk: Desk) -> None:
    campaign = desk.put_campaign(contacts=0)
    assert work(desk, desk.order(campaign)).ended is Ended.FINISHED
    assert desk.status(campaign) == "completed"


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_killed_at_any_call_no_contact_is_sent_to_twice_and_what_nobody_knows_is_told(
    desk: Desk, after: bool
) -> None:
    step, contacts = 0, 4
    while True:
        step += 1
        campaign = desk.put_campaign(contacts=contacts)
        order = desk.order(campaign)
        mortal = Mortal(dies_at=step, after=after)
        doomed = SmsRun(
            claims=mortal.guard(desk.claims),
            book=mortal.guard(desk.book),
            provider=mortal.guard(RecordingMessageProvider(desk.pool)),
        )
        with suppress(Killed):
            doomed.work(order, claimant="first", seconds_left=lambda: SHORT)
        if not mortal.is_dead:
            break
        desk.store.pass_time(SHORT + LEASE_MARGIN_SECONDS)
        work(desk, order)
        states, messages = desk.contacts(campaign), desk.recorded("recorded_messages", campaign)
        assert set(states.values()) <= {"sent", "unknown"}, (step, states)
        assert [state for state in states.values()].count("unknown") <= 1, (step, states)
        assert {one for one, state in states.items() if state == "sent"} <= set(messages), (step, states)
        assert set(messages.values()) <= {1}, (step, messages)
        run = desk.run(order)
        assert (run.state, run.outcome, run.progress.total) == (RunState.ENDED, RunOutcome.SUCCEEDED, contacts)
        unknown = sum(state == "unknown" for state in states.values())
        assert run.progress.failed == unknown
        assert run.cause == (f"contacts_unknown:{unknown}" if unknown else None), step
    assert step > 20


def test_a_message_that_arrives_twice_is_worked_on_once(desk: Desk) -> None:
    campaign = desk.put_campaign()
    order = desk.order(campaign)
    provider = ScriptedProvider(desk, repeat(Verdict.SENT))
    others: list[Report] = []

    def another_delivery() -> None:
        provider.before = lambda: None
        others.append(work(desk, order, claimant="second"))

    provider.before = another_delivery
    assert work(desk, order, provider=provider).ended is Ended.FINISHED
    assert [(one.ended, one.why) for one in others] == [(Ended.REFUSED, "taken")]
    assert set(desk.recorded("recorded_messages", campaign).values()) == {1}


@pytest.mark.parametrize("action", [Action.PAUSE, Action.STOP])
def test_after_a_pause_or_stop_the_batch_is_finished_and_no_other_begun(desk: Desk, action: Action) -> None:
    campaign = desk.put_campaign()
    order = desk.order(campaign)
    provider = ScriptedProvider(desk, repeat(Verdict.SENT))

    def interrupt() -> None:
        provider.before = lambda: None
        desk.stop(campaign, action)
        run = desk.run(order)
        assert (run.state, run.in_flight) == (RunState.STOPPING, 3)

    provider.before = interrupt
    assert work(desk, order, provider=provider).ended is Ended.STOPPED
    assert desk.states(campaign) == {"sent": 3, "pending": 4}
    run = desk.run(order)
    assert (run.state, run.outcome, run.progress.sent) == (RunState.ENDED, RunOutcome.STOPPED, 3)
    if action is Action.PAUSE:
        assert work(desk, desk.order(campaign, Action.RESUME)).ended is Ended.FINISHED
        assert set(desk.recorded("recorded_messages", campaign).values()) == {1}
        assert desk.run(order).progress.sent == 7


def test_after_a_stop_nothing_is_begun(desk: Desk) -> None:
    campaign = desk.put_campaign()
    order = desk.order(campaign)
    desk.stop(campaign)
    report = work(desk, order)
    assert (report.ended, report.why) == (Ended.REFUSED, "not_live")
    assert desk.recorded("recorded_messages", campaign) == {}


def test_whoever_opts_out_while_it_runs_is_skipped_from_the_next_batch_on(desk: Desk) -> None:
    campaign = desk.put_campaign()
    provider = ScriptedProvider(desk, repeat(Verdict.SENT))
    provider.before = lambda: desk.opt_out(7)
    order = desk.order(campaign)
    assert work(desk, order, provider=provider).ended is Ended.FINISHED
    assert desk.states(campaign) == {"sent": 6, "skipped": 1}
    assert desk.run(order).progress.skipped == 1
    assert "contact-7" not in desk.recorded("recorded_messages", campaign)


def test_what_the_provider_refuses_for_one_contact_has_failed_and_the_others_go_on(desk: Desk) -> None:
    campaign = desk.put_campaign()
    verdicts = iter([Verdict.SENT, Verdict.CONTACT_REFUSED, *[Verdict.SENT] * 5])
    order = desk.order(campaign)
    assert work(desk, order, provider=ScriptedProvider(desk, verdicts)).ended is Ended.FINISHED
    assert desk.states(campaign) == {"sent": 6, "failed": 1}
    assert (desk.run(order).progress.failed, desk.status(campaign)) == (1, "completed")


def test_a_contact_without_a_variable_that_the_text_names_has_failed(desk: Desk) -> None:
    campaign = desk.put_campaign(contacts=1, variables={"town": "Ulm"})
    assert work(desk, desk.order(campaign)).ended is Ended.FINISHED
    assert (desk.states(campaign), desk.codes(campaign)) == ({"failed": 1}, {"missing_variable"})


def test_a_provider_that_refuses_us_fails_the_campaign_and_costs_no_contact(desk: Desk) -> None:
    campaign = desk.put_campaign()
    verdicts = iter([Verdict.SENT, Verdict.PROVIDER_REFUSES])
    order = desk.order(campaign)
    report = work(desk, order, provider=ScriptedProvider(desk, verdicts))
    assert (report.ended, report.why) == (Ended.FAILED, "provider_refuses:Scripted")
    assert desk.states(campaign) == {"sent": 1, "pending": 6}
    assert desk.status(campaign) == "failed"
    assert work(desk, desk.order(campaign, Action.RETRY)).ended is Ended.FINISHED
    assert set(desk.recorded("recorded_messages", campaign).values()) == {1}


def test_a_provider_that_is_away_fails_the_invocation_and_the_same_claimant_goes_on(desk: Desk) -> None:
    campaign = desk.put_campaign()
    verdicts = iter([Verdict.SENT, Verdict.NOT_NOW, Verdict.NOT_NOW])
    order = desk.order(campaign)
    with pytest.raises(ProviderAway, match="Scripted"):
        work(desk, order, provider=ScriptedProvider(desk, verdicts))
    run = desk.run(order)
    assert (run.state, run.lease_until, run.progress.sent) == (RunState.RUNNING, None, 1)
    assert desk.states(campaign) == {"sent": 1, "pending": 6}
    assert work(desk, order).ended is Ended.FINISHED
    assert set(desk.recorded("recorded_messages", campaign).values()) == {1}


def test_a_message_that_is_not_taken_at_once_is_tried_again(desk: Desk) -> None:
    campaign = desk.put_campaign(contacts=1)
    verdicts = iter([Verdict.NOT_NOW, Verdict.SENT])
    assert work(desk, desk.order(campaign), provider=ScriptedProvider(desk, verdicts)).ended is Ended.FINISHED
    assert desk.states(campaign) == {"sent": 1}


def test_lost_answers_are_told_and_many_in_a_row_are_a_provider_that_is_away(desk: Desk) -> None:
    campaign = desk.put_campaign()
    order = desk.order(campaign)
    with pytest.raises(ProviderAway, match="no_answer"):
        work(desk, order, provider=ScriptedProvider(desk, repeat(Verdict.UNKNOWN)))
    assert desk.states(campaign) == {"unknown": 3, "pending": 4}
    report = work(desk, order)
    assert (report.ended, report.why) == (Ended.FINISHED, "contacts_unknown:3")
    run = desk.run(order)
    assert (run.cause, run.progress.sent, run.progress.failed) == ("contacts_unknown:3", 4, 3)
    assert set(desk.recorded("recorded_messages", campaign).values()) == {1}


def test_when_the_time_is_over_the_same_claimant_goes_on_and_nobody_else(desk: Desk) -> None:
    campaign = desk.put_campaign()
    order = desk.order(campaign)
    seconds = iter([LONG, LONG, *[1.0] * 9])
    report = work(desk, order, seconds=lambda: next(seconds))
    assert report.ended is Ended.OUT_OF_TIME
    assert desk.states(campaign) == {"sent": 1, "pending": 6}
    assert work(desk, order, claimant="second").why == "taken"
    assert work(desk, order).ended is Ended.FINISHED
    assert set(desk.recorded("recorded_messages", campaign).values()) == {1}


@pytest.mark.parametrize(
    ("config", "field"),
    [
        ({"message": None}, "config.message must be a text"),
        ({"message": "  "}, "config.message must be a text"),
        ({"messagesPerSecond": 0}, "config.messagesPerSecond must be a number above 0"),
        ({"messagesPerSecond": True}, "config.messagesPerSecond must be a number above 0"),
        ({"messagesPerSecond": "20"}, "config.messagesPerSecond must be a number above 0"),
    ],
)
def test_a_config_that_cannot_be_worked_with_fails_the_campaign_and_names_the_field(
    desk: Desk, config: dict[str, Any], field: str
) -> None:
    campaign = desk.put_campaign(**config)
    order = desk.order(campaign)
    report = work(desk, order)
    assert report.ended is Ended.FAILED
    assert str(desk.run(order).cause).startswith(f"invalid_campaign: {field}")
    assert desk.states(campaign) == {"pending": 7}


def test_contacts_that_are_added_while_it_runs_are_sent_to(desk: Desk) -> None:
    campaign = desk.put_campaign(contacts=2)
    provider = ScriptedProvider(desk, repeat(Verdict.SENT))

    def add() -> None:
        provider.before = lambda: None
        desk.store.sql(
            "INSERT INTO campaign_contacts (campaign_id, contact_id, phone, variables)"
            " VALUES (%s, 'late', '+15559999999', '{\"name\": \"late\"}')",
            campaign,
        )

    provider.before = add
    assert work(desk, desk.order(campaign), provider=provider).ended is Ended.FINISHED
    assert desk.states(campaign) == {"sent": 3}
