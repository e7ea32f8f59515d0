"""Makes a failing history small: leaves out steps, then makes what is left plainer, as long as it fails alike."""

from collections.abc import Callable

from attrs import evolve
from history_steps import Step

Fails = Callable[[list[Step]], bool]


def shrink(steps: list[Step], fails: Fails) -> list[Step]:
    """The smallest history found of which ``fails`` still holds; it holds of ``steps``."""
    while True:
        smaller = _made_plainer(_without_chunks(steps, fails), fails)
        if smaller == steps:
            return steps
        steps = smaller


def _without_chunks(steps: list[Step], fails: Fails) -> list[Step]:
    size = max(1, len(steps) // 2)
    while True:
        at = 0
        while at < len(steps):
            fewer = steps[:at] + steps[at + size :]
            if fails(fewer):
                steps = fewer
            else:
                at += size
        if size == 1:
            return steps
        size //= 2


def _made_plainer(steps: list[Step], fails: Fails) -> list[Step]:
    for at, step in enumerate(steps):
        for number, choice in enumerate(step.how):
            for less in sorted({0, choice // 2}):
                how = (*step.how[:number], less, *step.how[number + 1 :])
                plainer = [*steps[:at], evolve(step, how=how), *steps[at + 1 :]]
                if less < choice and fails(plainer):
                    steps, step = plainer, plainer[at]
                    break
    return steps
