"""Measures contenders in turns, so that whatever else the machine does meets them all alike."""

import gc
import random
import statistics
import time
from collections.abc import Callable, Iterator, Mapping, Sequence

from attrs import frozen

Work = Callable[[], object]


@frozen(kw_only=True)
class Sample:
    """The times of one contender in seconds, in the order of the rounds."""

    name: str
    seconds: tuple[float, ...]

    @property
    def median(self) -> float:
        return statistics.median(self.seconds)

    @property
    def quartiles(self) -> tuple[float, float]:
        """A quarter of the times is below the first, a quarter above the second."""
        first, _, third = statistics.quantiles(self.seconds, n=4)
        return first, third


@frozen(kw_only=True)
class Ratio:
    """How often a contender's time contains its floor's: of the medians, and over blocks of neighbouring rounds.

    Attributes:
        low, high: the quartiles of the ratios that each block of rounds gives for itself.
    """

    name: str
    floor: str
    value: float
    low: float
    high: float


BLOCKS = 10
SEED = 10


def _nothing() -> None:
    """What is done between the rounds, unless told otherwise."""


def turns(names: Sequence[str], rounds: int) -> Iterator[tuple[int, list[str]]]:
    """Each round's number, and its order, by chance: whom one follows decides what the processor's caches hold."""
    chance = random.Random(SEED)  # noqa: S311 - shuffles, and keeps no secret
    for number in range(rounds):
        yield number, chance.sample(names, len(names))


def interleaved(
    contenders: Mapping[str, Work], *, rounds: int, warm_up: int = 20, between: Work = _nothing
) -> dict[str, Sample]:
    """Each contender once a round, in turns; the first ``warm_up`` rounds do not count.

    ``between`` is done after each round, and not measured. The collector of garbage is run before, and off then:
    it would strike whoever is at work.
    """
    names = list(contenders)
    seconds: dict[str, list[float]] = {name: [] for name in names}
    gc.collect()
    gc.disable()
    try:
        for number, order in turns(names, warm_up + rounds):
            for name in order:
                work = contenders[name]
                began = time.perf_counter()
                work()
                taken = time.perf_counter() - began
                if number >= warm_up:
                    seconds[name].append(taken)
            between()
    finally:
        gc.enable()
    return {name: Sample(name=name, seconds=tuple(taken)) for name, taken in seconds.items()}


def ratio(sample: Sample, floor: Sample) -> Ratio:
    """``sample`` over ``floor``."""
    size = max(1, len(sample.seconds) // BLOCKS)
    starts = range(0, len(sample.seconds) - size + 1, size)
    of_blocks = [
        statistics.median(sample.seconds[start : start + size])
        / statistics.median(floor.seconds[start : start + size])
        for start in starts
    ]
    low, _, high = statistics.quantiles(of_blocks, n=4) if len(of_blocks) > 1 else (of_blocks[0],) * 3
    return Ratio(name=sample.name, floor=floor.name, value=sample.median / floor.median, low=low, high=high)
