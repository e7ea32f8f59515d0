"""An orchestrator in a process of its own that is killed, or frozen, at one of its steps."""

import multiprocessing
import os
import signal
from collections.abc import Callable, Mapping
from enum import Enum
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerProcess
from typing import Any

from attrs import define, field

LONGEST_ACTION_SECONDS = 60.0
PORTS = ("repository", "pool_control", "upkeep_records", "ledger", "step_functions", "sms_function")
IMPORTED_BEFORE = [
    "campaign_orchestrator.container",
    "orchestrator_adapters.postgres.campaign_repository",
    "orchestrator_adapters.redis.slot_ledger",
    "orchestrator_adapters.aws.direct_client",
    "orchestrator_adapters.aws.step_functions_dispatcher",
    "psycopg_pool",
    "redis",
]


class Doom(Enum):
    """What happens to the process at its step. Each is a real signal; nothing in the process can catch it."""

    KILLED_BEFORE = "kill -9 before the call"
    KILLED_AFTER = "kill -9 after the call, before its answer is used"
    FROZEN_BEFORE = "stopped before the call, until it is told to go on"
    FROZEN_AFTER = "stopped after the call, until it is told to go on"


@define
class DoomedProcess:
    """One request to one orchestrator process.

    Attributes:
        calls: the ports' calls that were begun, as "port.method".
        answer: what was answered; None when the process was killed before.
    """

    _process: ForkServerProcess
    _pipe: Connection
    calls: list[str] = field(factory=list)
    answer: dict[str, Any] | None = None

    def wait(self) -> bool:
        """Until the process has answered, died, or is frozen; whether it is frozen."""
        while self._pipe.poll(LONGEST_ACTION_SECONDS):
            try:
                what, told = self._pipe.recv()
            except EOFError:
                self._process.join()
                return False
            if what == "call":
                self.calls.append(told)
            elif what == "frozen":
                return True
            else:
                self.answer = told
        raise AssertionError("a process neither answers nor dies")

    def thaw(self) -> None:
        """Let a frozen process go on to its end."""
        pid = self._process.pid
        assert pid is not None
        os.kill(pid, signal.SIGCONT)
        self.wait()

    @property
    def was_killed(self) -> bool:
        return self._process.exitcode == -signal.SIGKILL


def ask_doomed(
    variables: Mapping[str, str],
    event: Mapping[str, Any],
    *,
    at: int | None = None,
    doom: Doom = Doom.KILLED_BEFORE,
) -> DoomedProcess:
    """Ask an orchestrator process of its own; at its call number ``at`` (from 0) of a port it meets its doom."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(IMPORTED_BEFORE)
    ours, theirs = context.Pipe()
    process = context.Process(target=_serve, args=(dict(variables), dict(event), at, doom, theirs), daemon=True)
    process.start()
    theirs.close()
    return DoomedProcess(process, ours)


@define
class _Steps:
    """Counts the calls of all ports, tells each, and meets the doom at one of them."""

    at: int | None
    doom: Doom
    pipe: Connection
    number: int = -1

    def call(self, name: str, method: Callable[..., Any], arguments: tuple[Any, ...], named: dict[str, Any]) -> Any:
        self.number += 1
        self.pipe.send(("call", name))
        is_doomed = self.number == self.at
        if is_doomed and self.doom in (Doom.KILLED_BEFORE, Doom.FROZEN_BEFORE):
            self._meet(name)
        answer = method(*arguments, **named)
        if is_doomed and self.doom in (Doom.KILLED_AFTER, Doom.FROZEN_AFTER):
            self._meet(name)
        return answer

    def _meet(self, name: str) -> None:
        if self.doom in (Doom.KILLED_BEFORE, Doom.KILLED_AFTER):
            os.kill(os.getpid(), signal.SIGKILL)
        self.pipe.send(("frozen", name))
        os.kill(os.getpid(), signal.SIGSTOP)


def _serve(variables: dict[str, str], event: dict[str, Any], at: int | None, doom: Doom, pipe: Connection) -> None:
    os.environ.update(variables)
    from crashing_ports import HarmfulPort

    from campaign_orchestrator.container import build_container, close
    from campaign_orchestrator.settings import read_settings
    from orchestrator_adapters.memory.deadline import NoDeadline

    settings = read_settings(os.environ)
    whole, steps = build_container(settings), _Steps(at, doom, pipe)
    parts = {name: HarmfulPort(name, whole.providers[name](), steps) for name in PORTS}
    service = build_container(settings, parts).service()
    pipe.send(("answer", service.answer(event, request_id=whole.run_ids().next_id(), deadline=NoDeadline())))
    close(whole)
