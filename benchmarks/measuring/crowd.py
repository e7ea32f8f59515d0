"""Several processes that work at the same time, each as often as it can."""

import multiprocessing
import time
from collections.abc import Callable
from multiprocessing.connection import Connection

SECONDS = 4.0
GO = "go"
Client = Callable[..., None]
"""A function at the top of its module, of its own arguments and a pipe: it makes its work and calls work_along."""


def _nothing(until: float) -> None:
    """What is done here meanwhile, unless told otherwise."""


def rate_of(count: int, client: Client, *arguments: object, meanwhile: Callable[[float], None] = _nothing) -> float:
    """How often ``count`` processes have done their work, a second and together.

    ``meanwhile``: what is done here once all have begun; it is given the end of their time, by time.monotonic().
    """
    context = multiprocessing.get_context("spawn")
    pipes, processes = [], []
    for _ in range(count):
        ours, theirs = context.Pipe()
        process = context.Process(target=client, args=(*arguments, theirs), daemon=True)
        process.start()
        pipes.append(ours)
        processes.append(process)
    for pipe in pipes:
        pipe.recv()
    until = time.monotonic() + SECONDS
    for pipe in pipes:
        pipe.send(GO)
    meanwhile(until)
    rate = sum(float(pipe.recv()) for pipe in pipes)
    for process in processes:
        process.join()
    return rate


def work_along(work: Callable[[], object], pipe: Connection) -> None:
    """The part of one process: once to warm up; then, when it is told to, until the time is over."""
    work()
    pipe.send("ready")
    pipe.recv()
    began, done = time.monotonic(), 0
    while time.monotonic() - began < SECONDS:
        work()
        done += 1
    pipe.send(done / (time.monotonic() - began))
