"""Orchestrators in operating system processes of their own, that start campaigns at the same moment."""

import multiprocessing
import os
from collections.abc import Mapping, Sequence
from multiprocessing.connection import Connection
from types import TracebackType
from typing import Any, Self

PROCESSES = 5


class StartingProcesses:
    """Several processes, each with its own orchestrator, container and connections."""

    def __init__(self, variables: Mapping[str, str], *, processes: int = PROCESSES) -> None:
        context = multiprocessing.get_context("spawn")
        self._pipes: list[Connection] = []
        self._processes = []
        for _ in range(processes):
            ours, theirs = context.Pipe()
            process = context.Process(target=_serve, args=(dict(variables), theirs), daemon=True)
            process.start()
            theirs.close()
            self._pipes.append(ours)
            self._processes.append(process)
        for pipe in self._pipes:
            pipe.recv()

    def ask_all(self, events: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
        """Give the events to the processes in turn, all at once; each works on its share without a pause."""
        shares = [list(events[number :: len(self._pipes)]) for number in range(len(self._pipes))]
        for pipe, share in zip(self._pipes, shares, strict=True):
            pipe.send(share)
        return [answer for pipe in self._pipes for answer in pipe.recv()]

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for pipe in self._pipes:
            pipe.send(None)
            pipe.close()
        for process in self._processes:
            process.join(20)


def _serve(variables: Mapping[str, str], pipe: Connection) -> None:
    os.environ.update(variables)
    from campaign_orchestrator.container import build_container, close
    from campaign_orchestrator.settings import read_settings
    from orchestrator_adapters.memory.deadline import NoDeadline

    container = build_container(read_settings(os.environ))
    service, ids = container.service(), container.run_ids()
    pipe.send("ready")
    while (share := pipe.recv()) is not None:
        pipe.send([service.answer(event, request_id=ids.next_id(), deadline=NoDeadline()) for event in share])
    close(container)
