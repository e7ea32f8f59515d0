"""What is told of a broken promise: the seed, the smallest history that breaks it, and how to replay it."""

from attrs import frozen
from drawing import Drawing
from history_steps import Step, written
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


def find(seed: int, *, smallest: bool = True) -> Finding | None:
    """Play the history of ``seed``; None when it keeps every promise."""
    drawing = Drawing(seed)
    try:
        drawing.play()
    except AssertionError as broken:
        promise = _promise(broken)
        fewest = shrink(drawing.steps, _breaks(promise)) if smallest else drawing.steps
        return Finding(seed, promise, str(broken), drawing.steps, fewest, trace_of(fewest)[0])
    return None


def find_first(seeds: range, *, smallest: bool = True) -> Finding | None:
    return next((finding for seed in seeds if (finding := find(seed, smallest=smallest))), None)


def trace_of(steps: list[Step]) -> tuple[list[str], AssertionError | None]:
    """What happens when ``steps`` are played, and what they break."""
    history = RandomHistory(is_traced=True)
    try:
        history.play(steps)
    except AssertionError as broken:
        return [*history.trace, f"BROKEN {broken}"], broken
    return history.trace, None


def broken_by(steps: list[Step]) -> str | None:
    """The promise that ``steps`` break."""
    try:
        RandomHistory().play(steps)
    except AssertionError as broken:
        return _promise(broken)
    return None


def _breaks(promise: str) -> Fails:
    left = iter(range(MOST_REPLAYS))
    return lambda steps: next(left, None) is not None and broken_by(steps) == promise


def _promise(broken: AssertionError) -> str:
    return str(getattr(broken, "promise", "an assertion"))
