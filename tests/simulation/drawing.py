"""Draws the steps of a history from a seed: which process goes on, what happens, what is harmed."""

import random

from attrs import define, field
from happenings import SECONDS, STATUSES
from history_steps import Step
from random_history import ACTIONS, DEADLINES, POOL_ACTIONS, UNHARMED, Fault, RandomHistory
from simulated_world import IDS

STEPS, PROCESSES = 110, 4
ANY_ACTION = ("start", "start", "pause", "resume", "stop", "retry", "reconcile", "status")
FITTING_ACTIONS = {
    "draft": ("start",),
    "scheduled": ("start",),
    "active": ("pause", "pause", "stop", "start"),
    "paused": ("resume", "resume", "stop"),
    "failed": ("retry",),
}
NEW_KEYS = 1_000
ASKED_FOR = 0.5
"""How often a halt is asked of an orchestrator, in place of being there at once."""
CHOICES = {
    "time": (len(SECONDS),),
    "ledger": (4, 2, len(IDS), 3, 6, 2),
    "limit": (2, 4),
    "halt": (2, 2),
    "row": (len(IDS), 4, len(STATUSES)),
}


@define
class Drawing:
    """Plays a history while it is drawn, because what can happen depends on what has happened.

    Swarm: each history has its own habits (how often a call is harmed, how time passes, who is harmed), so that
    some histories go far where others would never get.
    """

    seed: int
    history: RandomHistory = field(factory=RandomHistory)
    steps: list[Step] = field(factory=list)
    _made: int = 0

    def play(self) -> None:
        chance = random.Random(self.seed)
        harm_rate = chance.choice([0.0, 0.03, 0.1, 0.25])
        faults = chance.sample([fault for fault in Fault if fault], chance.randint(1, len(Fault) - 1))
        habits = {
            "ask": 4,
            "work": chance.choice([0, 3]),
            "event": chance.choice([0, 1, 2]),
            "ends": chance.choice([0, 1]),
            "redriven": chance.choice([0, 0, 1]),
            "time": chance.choice([0, 1, 2]),
            "late": chance.choice([1, 2]),
            "ledger": chance.choice([0, 0, 1]),
            "limit": chance.choice([0, 0, 1]),
            "halt": chance.choice([0, 0, 1]),
            "row": chance.choice([0, 0, 1]),
        }
        kinds, weights = list(habits), list(habits.values())
        going = chance.choice([0.6, 0.8])
        for _ in range(STEPS):
            waiting = self.history.waiting()
            if waiting and (chance.random() < going or len(waiting) > PROCESSES):
                fault = chance.choice(faults) if chance.random() < harm_rate else UNHARMED
                how = (fault, chance.randrange(len(SECONDS))) if fault is Fault.SLOW else (fault,)
                step = Step("go", chance.choice(waiting).name, tuple(map(int, how)) if fault else ())
            else:
                step = self._draw(chance, chance.choices(kinds, weights)[0])
            self.steps.append(step)
            self.history.perform(step)
        self.history.finish()
        self.history.converge()

    def _draw(self, chance: random.Random, what: str) -> Step:
        self._made += 1
        world = self.history.world
        if what == "halt" and chance.random() < ASKED_FOR:
            action = ACTIONS.index(chance.choice(POOL_ACTIONS))
            return Step("ask", f"p{self._made}", (action, chance.randrange(len(IDS)), chance.randint(0, 3)))
        if what in CHOICES:
            return Step(what, how=tuple(map(chance.randrange, CHOICES[what])))
        if what == "late":
            return Step("late", chance.choice(world.late)[0] if world.late else "")
        runs = list(world.store.runs.values())
        if what == "ask" or not runs:
            return self._ask(chance)
        run = chance.choice(runs)
        where = (IDS.index(run.campaign_id), run.number)
        if what == "event":
            return Step("event", f"e{self._made}", (*where, chance.randrange(2), chance.randrange(3)))
        if what in ("ends", "redriven"):
            return Step(what, how=(*where, chance.randrange(4)))
        attempt = chance.randint(1, run.attempts) if run.pool == "sms" else chance.choice([0, 0, 1])
        return Step("work", f"w{self._made}", (*where, attempt, chance.randrange(2)))

    def _ask(self, chance: random.Random) -> Step:
        """Mostly what fits the campaign's status, mostly under a key of its own, and now and then anything."""
        campaign = chance.randrange(len(IDS))
        row = self.history.world.store.campaigns.get(IDS[campaign])
        fitting = FITTING_ACTIONS.get(row.status if row else "", ANY_ACTION)
        action = ACTIONS.index(chance.choice(fitting if chance.random() < 0.6 else ANY_ACTION))
        key = chance.randint(0, 3) if chance.random() < 0.3 else NEW_KEYS + self._made
        deadline = chance.randrange(len(DEADLINES)) if chance.random() < 0.3 else 0
        return Step("ask", f"p{self._made}", (action, campaign, key, deadline))
