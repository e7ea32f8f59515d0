"""Property 27 on interleaved histories: take away everything that concerns one channel, and the other is the same.

Each step of a history concerns voice, SMS, or both. It is played whole, and again without one channel's steps, each
step that is left at the instant at which it happened before. A process that serves both (reconcile, status) makes
the calls that concern the other channel unseen, as soon as it comes to them.
"""

from datetime import datetime
from typing import Any

from attrs import define, evolve, field, frozen
from history_steps import Step
from promises import BrokenPromise
from random_history import ACTIONS, Fault, RandomHistory
from simulated_world import IDS, POOLS, channel_of, channel_of_call

SHARED_ACTIONS = ("reconcile", "status")


@frozen
class Moment:
    """A step, when it happened, and whom it concerned (None: both)."""

    step: Step
    at: datetime
    channel: str | None


@define
class PurgedHistory:
    """A history that is played without one channel, or whole."""

    without: str | None = None
    history: RandomHistory = field(factory=RandomHistory)
    moments: list[Moment] = field(factory=list)

    def play_whole(self, steps: list[Step]) -> None:
        """Play every step, and keep when it happened and whom it concerned."""
        for step in steps:
            self.moments.append(Moment(step, self.history.world.clock.now(), self._channel(step)))
            self.history.perform(step)
        self.moments.append(Moment(Step("limit"), self.history.world.clock.now(), "nobody"))
        self._end()

    def play_again(self, moments: list[Moment]) -> None:
        """Play the steps that do not concern ``without``, each at its own moment."""
        for moment in moments:
            self.history.world.clock.instant = moment.at
            self.history.kill_overdue()
            if moment.channel not in (self.without, "nobody"):
                self.history.perform(moment.step)
            self._run_ahead()
        self._end()

    def seen_of(self, channel: str) -> dict[str, object]:
        """Everything that can be observed of a channel."""
        world, own = self.history.world, [name for name in IDS if channel.startswith(name[0])]
        return {
            "answers": {name: answer for name in self.history.answers if (answer := self._answer(name, channel))},
            "rows": [world.store.campaigns.get(name) for name in own],
            "runs": {key: run for key, run in world.store.runs.items() if key.campaign_id in own},
            "audit": [world.store.events.get(name) for name in (*own, f"pool:{channel}")],
            "executions": {n: e for n, e in world.executions.executions.items() if n.startswith(tuple(own))},
            "messages": [message for message in world.messages.queue if message.campaign_id in own],
            "published": [event for event in world.publisher.published if event.campaign_id in own],
            "slots": [getattr(world.ledger, kept).get(channel) for kept in ("active", "runs")],
            "details": [world.ledger.details.get(name) for name in own],
        }

    def _end(self) -> None:
        self.history.finish()
        self.history.converge()

    def _answer(self, name: str, channel: str) -> Any:
        asked = self.history.asked.get(name)
        answer = self.history.answers[name]
        if asked is None or asked.event.get("action") not in SHARED_ACTIONS:
            return answer if self._channel_of_process(name) == channel else None
        return answer["pools"][channel] if answer and answer["success"] else answer

    def _channel(self, step: Step) -> str | None:
        if step.what in ("time", "ledger"):
            return None
        if step.what in ("limit", "halt"):
            return POOLS[step.choice(0)]
        if step.what == "ask":
            return None if ACTIONS[step.choice(0)] in SHARED_ACTIONS else channel_of(IDS[step.choice(1)])
        if step.what == "late":
            return next((channel_of_call(call) for who, call in self.history.world.late if who == step.who), None)
        if step.what == "go":
            return self._channel_of_process(step.who)
        return channel_of(IDS[step.choice(0)])

    def _channel_of_process(self, name: str) -> str | None:
        """Of a process of one channel, that; of one that serves both, whom its next call concerns."""
        process, asked = self.history.processes.get(name), self.history.asked.get(name)
        if process is None:
            return None
        if asked is None:
            return channel_of(self.history.worked_on[name].campaign_id)
        if asked.event.get("action") in SHARED_ACTIONS:
            return channel_of_call(process.waiting_at) if process.waiting_at else None
        return channel_of(_campaign_of(asked.event))

    def _run_ahead(self) -> None:
        for process in self.history.waiting():
            while not process.is_done and self.without == self._channel_of_process(process.name):
                self.history.perform(Step("go", process.name))


def is_as_if_the_other_were_not_there(steps: list[Step]) -> None:
    """Raise BrokenPromise when something of one channel depends on the other."""
    whole = PurgedHistory()
    whole.play_whole(_with_whole_shared_processes(steps))
    for channel, other in ((POOLS), (POOLS[::-1])):
        alone = PurgedHistory(without=other)
        alone.play_again(whole.moments)
        seen, seen_alone = whole.seen_of(channel), alone.seen_of(channel)
        for what, content in seen.items():
            if content != seen_alone[what]:
                how = f"{what} of {channel}: {content}\nwithout {other}: {seen_alone[what]}"
                raise BrokenPromise("is_as_if_the_other_were_not_there", how)


def _with_whole_shared_processes(steps: list[Step]) -> list[Step]:
    """A process that serves both dies for both, so what serves both is left whole here; it may be slow."""
    shared = {s.who for s in steps if s.what == "ask" and ACTIONS[s.choice(0)] in SHARED_ACTIONS}
    whole = []
    for step in steps:
        if step.what == "ask" and step.who in shared:
            step = evolve(step, how=step.how[:3])
        elif step.what == "go" and step.who in shared and step.choice(0) != Fault.SLOW:
            step = Step("go", step.who)
        whole.append(step)
    return whole


def _campaign_of(event: Any) -> str:
    if "campaignType" in event:
        return str(event["campaignType"])
    if "detail" in event:
        return str(event["detail"]["name"])
    return str(event["requestPayload"]["campaignId"] if "requestPayload" in event else event["campaignId"])
