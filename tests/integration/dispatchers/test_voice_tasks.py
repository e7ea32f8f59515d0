"""The tasks of the voice workflow, promise by promise, on a real database."""

from collections.abc import Callable, Iterator
from contextlib import suppress
from itertools import repeat
from typing import Any

import pytest

from campaign_contacts.contact import Contact
from campaign_contacts.message_provider import Delivery, Verdict
from campaign_contacts.recorded_messages import RecordingMessageProvider
from dispatching.desk import Desk
from dispatching.killing import Killed, Mortal
from orchestrator_domain.campaign import Action
from orchestrator_domain.ports.run_claims import LEASE_MARGIN_SECONDS
from orchestrator_domain.run import RunOutcome, RunState
from text_during_call.text_sender import TextSender
from voice_workflow.aftercare import Aftercare, StillCalling
from voice_workflow.call_book import CallBook
from voice_workflow.call_provider import Call, CallProvider, CallSeen
from voice_workflow.dispatch import Dispatch, ProviderAway, ProviderRefuses
from voice_workflow.monitor import Monitor
from voice_workflow.recorded_calls import RecordingCallProvider
from voice_workflow.report import DoesNotAddUp, Report
from voice_workflow.text_requests import TextRequests
from voice_workflow.validation import Validation
from voice_workflow.voice_campaign import InvalidCampaign, VoiceCampaign
from voice_workflow.work_order import WorkOrder

SHORT_CALLS = {"name": "neighbour", "callSeconds": 0.05}
LONG_CALLS = {"name": "neighbour", "callSeconds": 600}
EXECUTION = "execution-1"
MOST_TASKS = 60


class ScriptedCalls(CallProvider):
    """Places calls as it is told to, one after the other; what it places is recorded."""

    def __init__(self, desk: Desk, verdicts: Iterator[Verdict]) -> None:
        self._recording, self._verdicts = RecordingCallProvider(desk.pool), verdicts

    def place(self, call: Call) -> Delivery:
        verdict = next(self._verdicts)
        if verdict is Verdict.SENT:
            return self._recording.place(call)
        return Delivery(verdict=verdict, code="Scripted")

    def look(self, reference: str) -> CallSeen | None:
        return self._recording.look(reference)

    def hang_up(self, reference: str) -> None:
        self._recording.hang_up(reference)


class TextsAtOnce(TextRequests):
    """Sends what is asked for, as the function behind the topic does."""

    def __init__(self, desk: Desk) -> None:
        self._sender = TextSender(pool=desk.pool, provider=RecordingMessageProvider(desk.pool))

    def ask_for(self, contact: Contact, campaign: VoiceCampaign) -> None:
        if campaign.text is not None:
            self._sender.send(contact.campaign_id, contact.contact_id, campaign.text)


class Workflow:
    """Does what the state machine does: one task after the other, each tried again when it fails."""

    def __init__(
        self,
        desk: Desk,
        *,
        provider: CallProvider | None = None,
        mortal: Mortal | None = None,
        sleep: Callable[[float], None] = lambda _: None,
    ) -> None:
        self.desk, self._sleep = desk, sleep
        self._guard: Callable[[Any], Any] = mortal.guard if mortal else lambda part: part
        self.provider = self._guard(provider or RecordingCallProvider(desk.pool))
        self._claims, self._book = self._guard(desk.claims), self._guard(desk.book)
        self._calls = self._guard(CallBook(desk.pool))

    def validation(self, order: dict[str, Any]) -> dict[str, Any]:
        task = Validation(claims=self._claims, book=self._book, seconds_of_a_look=45)
        return task.execute(order, execution_name=EXECUTION)

    def dispatch(self, event: dict[str, Any]) -> dict[str, Any]:
        task = Dispatch(claims=self._claims, book=self._book, calls=self._calls, provider=self.provider)
        return task.execute(WorkOrder.read(event), seconds_left=lambda: 60.0)

    def monitor(self, event: dict[str, Any], seconds: Callable[[], float] = lambda: 60.0) -> dict[str, Any]:
        return self._monitor().execute(WorkOrder.read(event), seconds_left=seconds)

    def aftercare(self, seconds: Callable[[], float] = lambda: 60.0) -> dict[str, Any]:
        return Aftercare(calls=self._calls, monitor=self._monitor()).execute(EXECUTION, seconds_left=seconds)

    def report(self, event: dict[str, Any]) -> dict[str, Any]:
        return Report(book=self._book).execute(WorkOrder.read(event))

    def _monitor(self) -> Monitor:
        return Monitor(
            claims=self._claims,
            book=self._book,
            calls=self._calls,
            provider=self.provider,
            texts=TextsAtOnce(self.desk),
            seconds_of_a_look=45,
            sleep=self._sleep,
        )

    def begin(self, order: dict[str, Any]) -> dict[str, Any]:
        """Validation and the first Dispatch; the event that Monitor gets."""
        event = {"order": order, "executionName": EXECUTION, "work": self.validation(order)}
        return {**event, "work": self.dispatch(event)}

    def play(self, order: dict[str, Any]) -> dict[str, Any]:
        """All of it; what the last task has returned."""
        work = self.validation(order)
        for _ in range(MOST_TASKS):
            event = {"order": order, "executionName": EXECUTION, "work": work}
            match work["next"]:
                case "Dispatch":
                    work = self.dispatch(event)
                case "Monitor":
                    work = self.monitor(event)
                case "Report":
                    return self.report(event)
                case _:
                    return work
        raise AssertionError("it does not come to its end")


def test_every_contact_is_called_once_and_everything_adds_up(desk: Desk) -> None:
    campaign = desk.put_campaign("voice", contacts=5, variables=SHORT_CALLS)
    desk.store.sql(
        'UPDATE campaign_contacts SET variables = \'{"callOutcome": "busy"}\' WHERE contact_id = %s', "contact-2"
    )
    desk.opt_out(4)
    order = desk.order(campaign)
    report = Workflow(desk).play(order)
    assert report["contacts"] == {"total": 5, "sent": 3, "skipped": 1, "failed": 1, "unknown": 0}
    assert desk.recorded("recorded_calls", campaign) == {f"contact-{n}": 1 for n in (1, 2, 3, 5)}
    run = desk.run(order)
    # The orchestrator ends it, when the execution has closed.
    assert (run.state, run.claimant, run.progress.adds_up, run.progress.total) == (
        RunState.RUNNING,
        EXECUTION,
        True,
        5,
    )


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_a_task_that_is_killed_at_any_call_and_tried_again_calls_nobody_twice(desk: Desk, after: bool) -> None:
    step = 0
    while True:
        step += 1
        campaign = desk.put_campaign("voice", contacts=3, variables={"callSeconds": 0})
        order = desk.order(campaign)
        mortal = Mortal(dies_at=step, after=after)
        doomed, work = Workflow(desk, mortal=mortal), None
        while True:
            event = {"order": order, "executionName": EXECUTION, "work": work}
            following = "Validation" if work is None else work["next"]
            try:
                done = _task(doomed, following, event)
            except Killed:
                done = _task(Workflow(desk), following, event)
            if following == "Report":
                break
            work = done
        if not mortal.is_dead:
            break
        assert done["contacts"] == {"total": 3, "sent": 3, "skipped": 0, "failed": 0, "unknown": 0}, step
        assert desk.recorded("recorded_calls", campaign) == {f"contact-{n}": 1 for n in range(1, 4)}, step
        assert desk.run(order).progress.sent == 3, step
        desk.end(order)
    assert step > 30


def _task(workflow: Workflow, following: str, event: dict[str, Any]) -> dict[str, Any]:
    if following == "Validation":
        return workflow.validation(event["order"])
    done: dict[str, Any] = getattr(workflow, following.lower())(event)
    return done


def test_an_execution_that_is_redriven_or_of_an_older_run_finds_nothing_to_do(desk: Desk) -> None:
    campaign = desk.put_campaign("voice")
    order = desk.order(campaign)
    desk.stop(campaign)
    work = Workflow(desk).play(order)
    assert (work["next"], work["why"]) == ("Leave", "not_live")
    assert desk.recorded("recorded_calls", campaign) == {}


def test_an_aborted_execution_s_calls_hold_the_slot_until_they_have_ended(desk: Desk) -> None:
    campaign = desk.put_campaign("voice", contacts=4, variables=LONG_CALLS)
    order = desk.order(campaign)
    workflow = Workflow(desk)
    event = workflow.begin(order)
    desk.stop(campaign, Action.PAUSE)
    run = desk.run(order)
    assert (run.state, run.in_flight) == (RunState.STOPPING, 2)
    seconds = iter([60.0, 60.0, 5.0])
    with pytest.raises(StillCalling):
        workflow.aftercare(lambda: next(seconds))
    assert desk.run(order).state is RunState.STOPPING
    desk.everybody_hangs_up()
    workflow.aftercare()
    run = desk.run(order)
    assert (run.state, run.outcome, run.progress.sent) == (RunState.ENDED, RunOutcome.STOPPED, 2)
    assert workflow.aftercare()["next"] == "Leave"
    assert workflow.dispatch(event)["next"] == "Leave"
    assert desk.states(campaign) == {"sent": 2, "pending": 2}


def test_aftercare_waits_for_a_dispatch_that_is_still_placing_calls(desk: Desk) -> None:
    campaign = desk.put_campaign("voice", variables=SHORT_CALLS)
    order = desk.order(campaign)
    workflow = Workflow(desk)
    work = workflow.validation(order)
    claimed = WorkOrder.read({"order": order, "executionName": EXECUTION, "work": work})
    desk.claims.begin_batch(claimed.claim, lease_seconds=600, size=2, batch_key=claimed.batch_key)
    CallBook(desk.pool).open_batch(EXECUTION, {"order": order, "executionName": EXECUTION, "work": work})
    desk.stop(campaign)
    seconds = iter([60.0, 60.0, 5.0])
    with pytest.raises(StillCalling):
        workflow.aftercare(lambda: next(seconds))
    assert desk.run(order).state is RunState.STOPPING
    desk.store.sql("UPDATE voice_batches SET begun_at = begun_at - interval '3 minutes'")
    workflow.aftercare()
    assert desk.run(order).state is RunState.ENDED


def test_of_an_execution_that_has_begun_no_batch_there_is_nothing_to_watch(desk: Desk) -> None:
    assert Workflow(desk).aftercare() == {"next": None, "why": "nothing_begun"}


def test_a_resumed_run_sees_the_calls_of_the_earlier_one_to_their_end_and_calls_the_others(desk: Desk) -> None:
    campaign = desk.put_campaign("voice", contacts=5, variables=LONG_CALLS)
    order = desk.order(campaign)
    Workflow(desk).begin(order)
    desk.stop(campaign, Action.PAUSE)
    # Nobody watches, until the lease ends: as long as a call may last, and a margin.
    desk.store.pass_time(300 + 90 + LEASE_MARGIN_SECONDS)
    desk.end(order, RunOutcome.STOPPED)
    desk.everybody_hangs_up()
    desk.store.sql(
        "UPDATE campaign_contacts SET variables = '{\"callSeconds\": 0}' WHERE campaign_id = %s AND state = %s",
        campaign,
        "pending",
    )
    again = desk.order(campaign, Action.RESUME)
    assert again["runNumber"] == 2
    report = Workflow(desk).play(again)
    assert report["contacts"]["sent"] == 5
    assert set(desk.recorded("recorded_calls", campaign).values()) == {1}


def test_a_call_that_lasts_too_long_is_hung_up(desk: Desk) -> None:
    campaign = desk.put_campaign("voice", contacts=1, variables=LONG_CALLS)
    workflow = Workflow(desk)
    event = workflow.begin(desk.order(campaign))
    desk.store.sql("UPDATE campaign_contacts SET updated_at = updated_at - interval '301 seconds'")
    assert workflow.monitor(event)["next"] == "Report"
    assert (desk.states(campaign), desk.codes(campaign)) == ({"sent": 1}, {"hung_up"})


def test_a_call_that_is_never_seen_to_end_is_unknown(desk: Desk) -> None:
    campaign = desk.put_campaign("voice", contacts=1, variables=LONG_CALLS)
    workflow = Workflow(desk)
    event = workflow.begin(desk.order(campaign))
    desk.store.sql("DELETE FROM recorded_calls")
    desk.store.sql("UPDATE campaign_contacts SET updated_at = updated_at - interval '331 seconds'")
    assert workflow.monitor(event)["next"] == "Report"
    assert (desk.states(campaign), desk.codes(campaign)) == ({"unknown": 1}, {"call_never_seen_to_end"})
    assert workflow.report(event)["contacts"]["unknown"] == 1


def test_monitor_hands_over_to_the_next_when_it_has_watched_for_long_enough(desk: Desk) -> None:
    campaign = desk.put_campaign("voice", variables=LONG_CALLS)
    workflow = Workflow(desk)
    seconds = iter([75.0, 40.0, 29.0])
    assert workflow.monitor(workflow.begin(desk.order(campaign)), lambda: next(seconds))["next"] == "Monitor"


def test_a_provider_that_is_away_costs_no_contact_and_the_task_is_tried_again(desk: Desk) -> None:
    campaign = desk.put_campaign("voice", contacts=2, variables=SHORT_CALLS)
    order = desk.order(campaign)
    away = Workflow(desk, provider=ScriptedCalls(desk, repeat(Verdict.NOT_NOW)))
    event = {"order": order, "executionName": EXECUTION, "work": away.validation(order)}
    with pytest.raises(ProviderAway):
        away.dispatch(event)
    assert desk.states(campaign) == {"pending": 2}
    assert desk.run(order).lease_until is None
    assert Workflow(desk).dispatch(event)["next"] == "Monitor"


def test_a_provider_that_refuses_us_fails_the_execution_after_the_calls_that_it_took(desk: Desk) -> None:
    campaign = desk.put_campaign("voice", contacts=4, variables=SHORT_CALLS)
    verdicts = iter([Verdict.SENT, Verdict.PROVIDER_REFUSES, Verdict.PROVIDER_REFUSES])
    order = desk.order(campaign)
    workflow = Workflow(desk, provider=ScriptedCalls(desk, verdicts))
    event = workflow.begin(order)
    with pytest.raises(ProviderRefuses, match="Scripted"):
        workflow.dispatch({**event, "work": workflow.monitor(event)})
    assert desk.states(campaign) == {"sent": 1, "pending": 3}
    assert desk.run(order).lease_until is None


def test_a_contact_that_the_provider_refuses_and_a_lost_answer_are_told_apart(desk: Desk) -> None:
    campaign = desk.put_campaign("voice", contacts=2, variables=SHORT_CALLS)
    provider = ScriptedCalls(desk, iter([Verdict.CONTACT_REFUSED, Verdict.UNKNOWN]))
    report = Workflow(desk, provider=provider).play(desk.order(campaign))
    assert report["contacts"] == {"total": 2, "sent": 0, "skipped": 0, "failed": 1, "unknown": 1}


def test_during_an_answered_call_of_a_hybrid_campaign_one_text_is_sent(desk: Desk) -> None:
    campaign = desk.put_campaign("hybrid", contacts=3, variables=LONG_CALLS)
    desk.store.sql(
        'UPDATE campaign_contacts SET variables = \'{"callOutcome": "no_answer"}\' WHERE contact_id = %s',
        "contact-1",
    )
    report = Workflow(desk, sleep=lambda _: desk.everybody_hangs_up()).play(desk.order(campaign))
    assert report["texts"] == {"sent": 2}
    assert desk.recorded("recorded_messages", campaign) == {"contact-2": 1, "contact-3": 1}


def test_a_text_is_sent_once_however_often_it_is_asked_for_and_not_to_whoever_has_opted_out(desk: Desk) -> None:
    campaign = desk.put_campaign("hybrid", contacts=2)
    desk.opt_out(2)
    sender = TextSender(pool=desk.pool, provider=RecordingMessageProvider(desk.pool))
    answers = [sender.send(campaign, f"contact-{n}", "Thank you, $name") for n in (1, 1, 2, 2, 3)]
    assert answers == ["sent", "taken_up", "skipped", "taken_up", "taken_up"]
    assert desk.recorded("recorded_messages", campaign) == {"contact-1": 1}
    assert sender.send(desk.put_campaign("hybrid"), "contact-1", "$town") == "failed"


def test_contacts_that_are_open_at_the_end_are_no_success(desk: Desk) -> None:
    campaign = desk.put_campaign("voice", contacts=1, variables=SHORT_CALLS)
    workflow = Workflow(desk)
    order = desk.order(campaign)
    event = workflow.begin(order)
    workflow.monitor(event)
    desk.store.sql("UPDATE campaign_contacts SET state = 'pending'")
    with pytest.raises(DoesNotAddUp):
        workflow.report(event)


@pytest.mark.parametrize(
    ("kind", "config", "field"),
    [
        ("voice", {"callsAtOnce": 0}, "config.callsAtOnce must be a whole number from 1 to 500"),
        ("voice", {"maxCallSeconds": "9"}, "config.maxCallSeconds must be a whole number from 1 to 3600"),
        (
            "voice",
            {"callsAtOnce": 1, "maxCallSeconds": 3600},
            "config.callsAtOnce must be at least 2 for 60 contacts",
        ),
        ("hybrid", {"smsActions": {}}, "config.smsActions.message must be a text"),
        ("hybrid", {"smsActions": {"message": "x", "topicArn": None}}, "smsActions.topicArn must be given"),
    ],
)
def test_a_campaign_that_cannot_be_worked_with_is_refused_by_its_field(
    desk: Desk, kind: str, config: dict[str, Any], field: str
) -> None:
    campaign = desk.put_campaign(kind, contacts=60, **config)
    with pytest.raises(InvalidCampaign, match=field.replace(".", r"\.")):
        Workflow(desk).validation(desk.order(campaign))
    with suppress(InvalidCampaign):
        assert desk.recorded("recorded_calls", campaign) == {}
