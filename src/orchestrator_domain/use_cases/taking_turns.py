"""Several pieces of work share the time of one invocation."""

from collections import deque
from collections.abc import Sequence
from typing import Protocol

from orchestrator_domain import budgets
from orchestrator_domain.ports.deadline import Deadline

SLOW_SECONDS = 1.0
"""A step that takes longer has waited for something that hangs."""


class StepwiseWork(Protocol):
    """Work in steps, each of which takes budgets.RECONCILE_STEP_SECONDS at most."""

    is_done: bool

    def step(self) -> None:
        """Do the next step."""


def take_turns(works: Sequence[StepwiseWork], deadline: Deadline) -> None:
    """Let each do a step in its turn, until all are done or the rest of the time may not cover another step.

    One whose step was slow gives way to the others.
    """
    quick, slow = deque(works), deque[StepwiseWork]()
    while (quick or slow) and (before := deadline.remaining_seconds()) >= budgets.RECONCILE_STEP_SECONDS:
        one = (quick or slow).popleft()
        one.step()
        if not one.is_done:
            hangs = before - deadline.remaining_seconds() > SLOW_SECONDS
            (slow if hangs else quick).append(one)
