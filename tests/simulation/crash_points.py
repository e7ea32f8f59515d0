"""Every crash point: an action is harmed at each of its calls in turn, then a second one at each of its own.

Then the faults stop, and it must converge. What leads to a state that was seen before is not followed twice.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from typing import Any

from attrs import define, field, frozen
from history_steps import Step, written
from promises import BrokenPromise
from random_history import ACTIONS, Fault, RandomHistory
from simulated_world import IDS

FIRST, SECOND = "first", "second"
ALONE = [fault for fault in Fault if fault is not Fault.NONE]
OF_FIRST = (Fault.CRASH_AFTER, Fault.ANSWER_LOST, None)
OF_SECOND = (Fault.CRASH_AFTER, Fault.ANSWER_LOST)
"""A crash before a call leaves what a crash after the one before it leaves. None: the first one is frozen at the
call, and thaws when the second has had its turn."""


def ask(action: str, campaign: str, who: str, key: int = 0) -> Step:
    return Step("ask", who, (ACTIONS.index(action), IDS.index(campaign), key))


@frozen
class Scene:
    """What has happened, and what is asked then. Each step of ``before`` comes to its end, unless it is harmed.

    Attributes:
        dies_at: the call at which the last step of ``before`` dies; None: it does not.
    """

    name: str
    before: tuple[Step, ...]
    then: Step
    dies_at: str | None = None

    def __str__(self) -> str:
        return self.name


@define
class Explorer:
    """Plays every point of what it is given.

    Attributes:
        points: how many were played.
    """

    points: int = 0
    _converged: set[Any] = field(factory=set)

    def explore_single(self, scene: Scene) -> None:
        """Each fault at each call of the scene's action."""
        for fault in ALONE:
            for at in count():
                history = staged(scene)
                with told(history, f"{scene}: {fault.name} at call {at}"):
                    if not harm(history, scene.then, FIRST, at, fault):
                        break
                    self._to_its_end(history)

    def explore_pair(self, scene: Scene, second: Step) -> None:
        """Each fault at each call of the scene's action, with each fault at each call of a second one."""
        for fault in OF_FIRST:
            followed: set[Any] = set()
            for at in count():
                history = staged(scene)
                where = f"{scene}: {fault.name if fault else 'frozen'} at call {at}"
                with told(history, where):
                    if not harm(history, scene.then, FIRST, at, fault):
                        break
                state = state_of(history)
                if fault is None or state not in followed:
                    followed.add(state)
                    self._explore_second(scene, second, fault, at, where)

    def _explore_second(self, scene: Scene, second: Step, fault: Fault | None, at: int, where: str) -> None:
        for fault_of_second in OF_SECOND:
            for at_second in count():
                history = staged(scene)
                with told(history, f"{where}, then {second}: {fault_of_second.name} at call {at_second}"):
                    harm(history, scene.then, FIRST, at, fault)
                    if not harm(history, second, SECOND, at_second, fault_of_second):
                        break
                    self._to_its_end(history)

    def _to_its_end(self, history: RandomHistory) -> None:
        self.points += 1
        history.finish()
        state = state_of(history)
        if state not in self._converged:
            self._converged.add(state)
            history.converge()


@contextmanager
def told(history: RandomHistory, where: str) -> Iterator[None]:
    """Add to a broken promise where it broke, and how to play it again."""
    try:
        yield
    except BrokenPromise as broken:
        replay = f"make simulate REPLAY='{written(history.performed)}'"
        raise AssertionError(f"{where}\n{broken}\n{replay}") from broken


def harm(history: RandomHistory, step: Step, who: str, at: int, fault: Fault | None) -> bool:
    """Perform ``step`` and harm its call number ``at`` (None: leave it there); whether there is such a call."""
    history.perform(step)
    for _ in range(at):
        history.perform(Step("go", who))
    if history.is_done(who):
        return False
    if fault is not None:
        history.perform(Step("go", who, (fault, 3)))
        history.finish(only=who)
    return True


def staged(scene: Scene) -> RandomHistory:
    """A history in which everything before the scene's action has happened."""
    history = RandomHistory()
    for step in scene.before:
        history.perform(step)
        process = history.processes.get(step.who)
        while process is not None and process.waiting_at is not None:
            dies = step is scene.before[-1] and process.waiting_at.name.endswith(scene.dies_at or "nowhere")
            history.perform(Step("go", step.who, (Fault.CRASH_BEFORE,) if dies else ()))
    if scene.dies_at is not None:
        history.perform(Step("time", how=(4,)))
    return history


def state_of(history: RandomHistory) -> Any:
    """Everything on which depends what can still happen."""
    world = history.world
    ledger = world.ledger
    return (
        frozenset(world.store.runs.items()),
        frozenset((name, row.status, row.campaign_type) for name, row in world.store.campaigns.items()),
        frozenset((key, row.content_hash, row.run_number) for key, row in world.store.requests.items()),
        frozenset((name, row.max_live, row.halted_reason) for name, row in world.store.pools.items()),
        frozenset(world.store.pool_requests.items()),
        frozenset((key, row.token, row.lease_token) for key, row in world.store.claims.items()),
        frozenset((pool, frozenset(shown)) for pool, shown in ledger.active.items()),
        frozenset((pool, frozenset(runs.items())) for pool, runs in ledger.runs.items()),
        frozenset(ledger.details.items()),
        frozenset(ledger.ended.items()),
        frozenset(world.executions.executions.items()),
        tuple(world.messages.queue),
        tuple((who, call.name) for who, call in world.late),
        tuple((p.name, p.calls_made) for p in history.waiting()),
        world.seconds,
    )
