"""A process that takes and returns slots as it is told, with the semaphore of one library.

    python -m benchmarks.semaphores.worker MODULE TERMS CLIENTS

MODULE is one of this folder, with a function ``semaphore``; TERMS are those of terms.py in JSON. It prints "ready",
reads a line ("pairs 50", "acquire" or "release"), and answers each with a line of JSON. Of several clients each is
a process with a connection of its own; "pairs" lets all of them work at once, and answers when all are done.
"""

import asyncio
import gc
import importlib
import inspect
import json
import multiprocessing
import sys
import time
from collections.abc import Callable
from multiprocessing.connection import Connection
from typing import Any

from benchmarks.semaphores.terms import Terms


class Client:
    """Works with one semaphore, whichever kind it is."""

    def __init__(self, semaphore: Any) -> None:
        self._semaphore = semaphore
        self._is_async = inspect.iscoroutinefunction(semaphore.acquire)
        self._loop = asyncio.new_event_loop() if self._is_async else None

    def acquire(self) -> bool:
        return bool(self._done(self._semaphore.acquire()))

    def release(self) -> None:
        self._done(self._semaphore.release())

    def pairs(self, count: int) -> None:
        """Take a slot and return it, that many times."""
        if self._loop:
            self._loop.run_until_complete(self._pairs_of_async(count))
            return
        acquire, release = self._semaphore.acquire, self._semaphore.release
        for _ in range(count):
            if not acquire():
                raise RuntimeError("no slot, though far fewer are held than the limit allows")
            release()

    async def _pairs_of_async(self, count: int) -> None:
        for _ in range(count):
            if not await self._semaphore.acquire():
                raise RuntimeError("no slot, though far fewer are held than the limit allows")
            await self._semaphore.release()

    def _done(self, answer: Any) -> Any:
        return self._loop.run_until_complete(answer) if self._loop else answer


def seconds_of(work: Callable[[], None]) -> float:
    """How long it takes, without the collector of garbage."""
    gc.collect()
    gc.disable()
    began = time.perf_counter()
    work()
    taken = time.perf_counter() - began
    gc.enable()
    return taken


def serve(client: Client) -> None:
    """Do what each line says."""
    for line in sys.stdin:
        word, *numbers = line.split()
        answer: object = None
        if word == "pairs":
            count = int(numbers[0])
            answer = seconds_of(lambda count=count: client.pairs(count))  # type: ignore[misc]
        elif word == "acquire":
            answer = client.acquire()
        elif word == "release":
            client.release()
        print(json.dumps(answer), flush=True)


def serve_many(open_client: Callable[[], Client], clients: int) -> None:
    """As serve, with processes that have imported everything already; "pairs" only."""
    context = multiprocessing.get_context("fork")
    pipes = []
    for _ in range(clients):
        ours, theirs = context.Pipe()
        context.Process(target=_work_when_told, args=(open_client, theirs), daemon=True).start()
        pipes.append(ours)

    def together(count: int) -> None:
        for pipe in pipes:
            pipe.send(count)
        for pipe in pipes:
            pipe.recv()

    for line in sys.stdin:
        count = int(line.split()[1])
        print(json.dumps(seconds_of(lambda count=count: together(count))), flush=True)  # type: ignore[misc]


def _work_when_told(open_client: Callable[[], Client], pipe: Connection) -> None:
    client = open_client()
    gc.disable()
    while True:
        try:
            count = pipe.recv()
        except EOFError:
            return
        client.pairs(count)
        gc.collect()
        pipe.send(count)


def main() -> None:
    module, terms, clients = sys.argv[1:]
    wanted = Terms(**json.loads(terms))
    semaphore = importlib.import_module(f"benchmarks.semaphores.{module}").semaphore
    client = Client(semaphore(wanted)) if clients == "1" else None
    print(json.dumps("ready"), flush=True)
    if client:
        serve(client)
    else:
        serve_many(lambda: Client(semaphore(wanted)), int(clients))


if __name__ == "__main__":
    main()
