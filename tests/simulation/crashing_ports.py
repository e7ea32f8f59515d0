"""Ports through which a process can be made to crash, to lose an answer, or to find the other side away."""

from collections.abc import Callable
from typing import Any

from orchestrator_domain.errors import LedgerUnavailable, StoreUnavailable
from orchestrator_domain.ports.dispatcher import (
    ExecutionPhase,
    NoEffect,
    Observation,
    StopAnswer,
    Unknown,
)


class Crash(BaseException):
    """The process dies here. Nothing of the code under test can catch it."""


class PortOfProcess:
    """A port whose calls its process waits at. It is what it stands for, also for ``isinstance`` on a protocol."""

    def __init__(self, name: str, port: Any, process: Any) -> None:
        self._name, self._port, self._process = name, port, process
        for method in dir(port):
            if not method.startswith("_") and callable(getattr(port, method)):
                setattr(self, method, self._through(method))

    def _through(self, method: str) -> Callable[..., Any]:
        def call(*arguments: Any, **named: Any) -> Any:
            return self._process.call(f"{self._name}.{method}", getattr(self._port, method), arguments, named)

        return call


def away(name: str, *, had_effect: bool) -> Any:
    """What a port says when the other side is away; dispatchers answer, stores raise."""
    if name.startswith(("repository.", "claims.")):
        raise StoreUnavailable(cause="no_answer")
    if name.startswith("ledger."):
        raise LedgerUnavailable(cause="no_answer")
    if name.endswith(".dispatch"):
        return Unknown(cause="no_answer") if had_effect else NoEffect(cause="no_connection")
    if name.endswith(".observe"):
        return Observation(phase=ExecutionPhase.NOT_VISIBLE)
    if name.startswith("publisher."):
        return None  # it never raises, and nothing follows from what it says
    return StopAnswer.UNCONFIRMED
