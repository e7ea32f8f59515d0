"""Property 27: delete everything that concerns SMS, and all that concerns voice stays the same; and vice versa.

A history is a list of operations, each of one channel or of none. It is played whole, and played again with one
channel's operations deleted (their moments stay: an operation happens at the time of its place in the list).
Everything that can be observed of the other channel must be equal to the letter: answers, statuses, runs,
dispatches, slots, the ledger, the audit trail.
"""

import json
from collections.abc import Callable
from typing import Any
from uuid import NAMESPACE_OID, uuid5

import attrs
from attrs import define, frozen
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from asking.orchestra import Orchestra
from asking.requests import ORIGIN
from orchestrator_domain.ports.dispatcher import NoEffect, Refused, Unknown
from orchestrator_domain.ports.run_ids import RunIds
from orchestrator_domain.run import Run, RunOutcome

VOICE, SMS, SHARED = "voice", "sms", "shared"
CAMPAIGNS = {VOICE: [f"v{n}" for n in range(4)], SMS: [f"s{n}" for n in range(4)]}
TYPES = {"v0": "voice", "v1": "hybrid", "v2": "voice", "v3": "hybrid"}
LIMITS = {"MAX_CONCURRENT_VOICE_CAMPAIGNS": "2", "MAX_CONCURRENT_SMS_CAMPAIGNS": "2"}
FAULTS: dict[str, Callable[[Run], NoEffect | Refused | Unknown | None]] = {
    "none": lambda _: None,
    "no connection": lambda _: NoEffect(cause="no_connection"),
    "throttled": lambda _: Refused(cause="ThrottlingException", transient=True),
    "denied": lambda _: Refused(cause="AccessDeniedException", transient=False),
    "silent": lambda _: Unknown(cause="no_answer"),
}


@frozen
class Operation:
    """One thing that happens. ``what``: an action, or something that the outside does."""

    channel: str
    what: str
    campaign: str = ""
    detail: str = ""


@define
class IdsByPlace(RunIds):
    """Ids that follow from the place of the operation, so that both plays draw the same ones."""

    place: int = 0
    drawn: int = 0

    def next_id(self) -> str:
        self.drawn += 1
        return uuid5(NAMESPACE_OID, f"{self.place}/{self.drawn}").hex


def channel_operations(channel: str) -> st.SearchStrategy[Operation]:
    campaign = st.sampled_from(CAMPAIGNS[channel])
    actions = st.sampled_from(["start", "start", "pause", "resume", "stop", "retry", "status"])
    return st.one_of(
        st.builds(Operation, st.just(channel), actions, campaign, st.sampled_from(["", "", "key"])),
        st.builds(Operation, st.just(channel), st.just("works"), campaign, st.sampled_from(["ok", "fails"])),
        st.builds(Operation, st.just(channel), st.just("signal"), campaign),
        st.builds(Operation, st.just(channel), st.just("fault"), st.just(""), st.sampled_from(sorted(FAULTS))),
        st.builds(Operation, st.just(channel), st.just("limit"), st.just(""), st.sampled_from("0123")),
        st.builds(Operation, st.just(channel), st.just("halt"), st.just(""), st.sampled_from(["", "why"])),
    )


shared_operations = st.builds(
    Operation, st.just(SHARED), st.sampled_from(["ledger away", "ledger back", "ledger emptied"])
)
histories = st.lists(st.one_of(channel_operations(VOICE), channel_operations(SMS), shared_operations), max_size=40)


@define
class Play:
    """An orchestrator on which a history is played, and what was answered to each channel."""

    orchestra: Orchestra
    ids: IdsByPlace
    answers: dict[str, list[str]]

    @classmethod
    def of(cls, history: list[Operation], *, without: str | None) -> "Play":
        ids = IdsByPlace()
        play = cls(Orchestra(LIMITS, ids), ids, {VOICE: [], SMS: []})
        for channel in (VOICE, SMS):
            for campaign in CAMPAIGNS[channel]:
                play.orchestra.put(campaign, TYPES.get(campaign, "sms"))
        for place, operation in enumerate(history):
            play.orchestra.clock.advance(10)
            play.ids.place, play.ids.drawn, play.orchestra.requests = place, 0, place * 100
            if operation.channel != without:
                play.perform(operation, place)
        return play

    def perform(self, operation: Operation, place: int) -> None:
        orchestra, channel, campaign = self.orchestra, operation.channel, operation.campaign
        if operation.what == "fault":
            dispatcher = orchestra.executions if channel == VOICE else orchestra.messages
            dispatcher.fault = FAULTS[operation.detail]
        elif operation.what == "limit":
            orchestra.container.pool_control().set_limit(channel, int(operation.detail), origin=ORIGIN)
        elif operation.what == "halt":
            reason = operation.detail or None
            orchestra.container.pool_control().set_halt(channel, reason, origin=ORIGIN)
        elif operation.what == "ledger emptied":
            orchestra.ledger.active.clear()
            orchestra.ledger.runs.clear()
        elif channel == SHARED:
            orchestra.ledger.away = operation.what == "ledger away"
        elif operation.what in ("works", "signal"):
            self.outside(operation)
        else:
            key = operation.detail or f"request-{place}"
            more: dict[str, Any] = {} if operation.what == "status" else {"idempotencyKey": key}
            answer = orchestra.ask(operation.what, campaign, **more)
            self.answers[channel].append(json.dumps(answer))

    def outside(self, operation: Operation) -> None:
        """The dispatcher works, or an event arrives."""
        orchestra, run = self.orchestra, self.orchestra.store.latest_run(operation.campaign)
        if run is None:
            return
        if operation.what == "works" and operation.channel == VOICE:
            if run.execution_name in orchestra.executions.executions:
                outcome = RunOutcome.SUCCEEDED if operation.detail == "ok" else RunOutcome.FAILED
                orchestra.executions.close(run.execution_name, outcome)
        elif operation.what == "works":
            for message in [message for message in orchestra.messages.queue if message.run_id == run.run_id]:
                orchestra.work_off(message)
        answer = (
            orchestra.execution_event(operation.campaign)
            if operation.channel == VOICE
            else orchestra.destination_record(operation.campaign)
        )
        self.answers[operation.channel].append(json.dumps(answer))

    def seen_of(self, channel: str) -> dict[str, object]:
        """Everything that can be observed of a channel."""
        orchestra, campaigns = self.orchestra, CAMPAIGNS[channel]
        dispatched: list[object] = list(orchestra.executions.dispatched)
        if channel == SMS:
            dispatched = [
                (run.execution_name, run.attempts, run.dispatch_input) for run in orchestra.messages.queue
            ]
        return {
            "answers": self.answers[channel],
            "statuses": [orchestra.status(campaign) for campaign in campaigns],
            "runs": [attrs.asdict(run) for campaign in campaigns for run in orchestra.store.runs_of(campaign)],
            "dispatched": dispatched,
            "slots": orchestra.live(channel),
            "ledger": (orchestra.ledger.active.get(channel), orchestra.ledger.runs.get(channel)),
            "history": [orchestra.store.events.get(name) for name in (*campaigns, f"pool:{channel}")],
        }


@settings(max_examples=250, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(history=histories)
@example(history=[Operation(channel, "start", f"{channel[0]}{n}") for n in range(4) for channel in (VOICE, SMS)])
def test_each_channel_is_as_if_the_other_were_not_there(history: list[Operation]) -> None:
    whole = Play.of(history, without=None)
    for channel, other in ((VOICE, SMS), (SMS, VOICE)):
        alone = Play.of(history, without=other)
        assert whole.seen_of(channel) == alone.seen_of(channel)


def test_the_property_can_fail() -> None:
    """With one pool for both channels, a start of one is seen by the other."""
    history = [Operation(SMS, "start", f"s{n}") for n in range(2)] + [Operation(VOICE, "start", "v0")]
    whole, alone = (Play.of([], without=None) for _ in range(2))
    for play, without in ((whole, None), (alone, SMS)):
        for route in play.orchestra.container.routes().by_type.values():
            object.__setattr__(route, "pool", "sms")
        for place, operation in enumerate(history):
            play.ids.place = place
            if operation.channel != without:
                play.perform(operation, place)
    assert whole.seen_of(VOICE) != alone.seen_of(VOICE)
