"""What is told of a broken promise: the seed, the smallest history that breaks it, and how to replay it."""

from attrs import frozen
from drawing import Drawing
from history_steps import Step, written
from purged_history import is_as_if_the_other_were_not_there
from random_history import RandomHistory
from shrinking import Fails, shrink

MOST_REPLAYS = 4_000


@frozen
class Finding:
    """A broken promise.

    Attributes:
        steps: what was drawn, up to where it broke.
        fewest: the smallest history found that breaks the same promise.
        trace: what happens in it.
    """

    seed: int
    promise: str
    how: str
    steps: list[Step]
    fewest: list[Step]
    trace: list[str]

    def __str__(self) -> str:
        lines = [
            f"seed {self.seed}: {self.how}",
            f"{len(self.fewest)} of {len(self.steps)} steps break it:",
            *self.trace,
            f"the whole history: make simulate N=1 SEED={self.seed}",
            f"only this: make simulate REPLAY='{written(self.fewest)}'",
        ]
        return "\n".join(lines)


def find(seed: int, *, smallest: bool = True, each_alone: bool = False) -> Finding | None:
    """Play the history of ``seed``; None when it keeps every promise.

    ``each_alone``: play it without each channel too, which takes three times as long.
    """
    drawing = Drawing(seed)
    try:
        drawing.play()
        if each_alone:
            is_as_if_the_other_were_not_there(drawing.steps)
    except AssertionError as broken:
        promise = _promise(broken)
        fewest = shrink(drawing.steps, _breaks(promise)) if smallest else drawing.steps
        return Finding(seed, promise, str(broken), drawing.steps, fewest, trace_of(fewest)[0])
    return None


def find_first(seeds: range, *, smallest: bool = True, each_alone: bool = False) -> Finding | None:
    found = (find(seed, smallest=smallest, each_alone=each_alone) for seed in seeds)
    return next((finding for finding in found if finding), None)


def trace_of(steps: list[Step]) -> tuple[list[str], AssertionError | None]:
    """What happens when ``steps`` are played, and what they break."""
    history = RandomHistory(is_traced=True)
    try:
        history.play(steps)
        is_as_if_the_other_were_not_there(steps)
    except AssertionError as broken:
        return [*history.trace, f"BROKEN {broken}"], broken
    return history.trace, None


def broken_by(steps: list[Step], *, each_alone: bool = True) -> str | None:
    """The promise that ``steps`` break."""
    try:
        RandomHistory().play(steps)
        if each_alone:
            is_as_if_the_other_were_not_there(steps)
    except AssertionError as broken:
        return _promise(broken)
    return None


def _breaks(promise: str) -> Fails:
    left = iter(range(MOST_REPLAYS))
    each_alone = promise == is_as_if_the_other_were_not_there.__name__
    return lambda steps: next(left, None) is not None and broken_by(steps, each_alone=each_alone) == promise


def _promise(broken: AssertionError) -> str:
    return str(getattr(broken, "promise", "an assertion"))
