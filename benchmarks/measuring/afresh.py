"""Measures the same in several processes, one after the other, each with servers of its own.

How a process lies in memory, and on which core its server runs, moves a ratio by a tenth, and stays as it is while
the process lives: more rounds do not show it, and more processes do.
"""

import multiprocessing
from collections.abc import Callable

from benchmarks.measuring.contest import Sample

TIMES = 5


def afresh(measure: Callable[..., dict[str, Sample]], *arguments: object, rounds: int) -> dict[str, Sample]:
    """The times of all processes together, which share the ``rounds``.

    ``measure``: a function at the top of its module; it takes the arguments, and its own number of rounds.
    """
    context = multiprocessing.get_context("spawn")
    all_samples = []
    for _ in range(TIMES):
        with context.Pool(1) as process:
            all_samples.append(process.apply(measure, (*arguments, rounds // TIMES)))
    return {
        name: Sample(name=name, seconds=tuple(taken for samples in all_samples for taken in samples[name].seconds))
        for name in all_samples[0]
    }
