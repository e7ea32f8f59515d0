"""Ports through which a process can be made to crash, to lose an answer, or to find the other side away."""

from collections.abc import Callable
from enum import Enum
from typing import Any

from attrs import define

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


class Harm(Enum):
    """What happens to one call of a port."""

    CRASH_BEFORE = "the process dies before the effect"
    CRASH_AFTER = "the process dies after the effect"
    FAILS = "the other side is away, and the call has no effect"
    ANSWER_LOST = "the call has its effect, and its answer is lost"


@define
class Harmful:
    """Counts the calls of all ports, and harms one of them.

    Attributes:
        at: the number of the call that is harmed, from 0; None: none is.
        called: every call so far, as "port.method".
    """

    at: int | None
    harm: Harm
    called: list[str]

    def call(self, name: str, method: Callable[..., Any], arguments: tuple[Any, ...], named: dict[str, Any]) -> Any:
        number = len(self.called)
        self.called.append(name)
        if number != self.at:
            return method(*arguments, **named)
        if self.harm is Harm.CRASH_BEFORE:
            raise Crash(name)
        if self.harm is Harm.FAILS:
            return away(name, had_effect=False)
        answer = method(*arguments, **named)
        if self.harm is Harm.CRASH_AFTER:
            raise Crash(name)
        del answer
        return away(name, had_effect=True)


class HarmfulPort:
    """A port behind a Harmful. It is what it stands for, also for ``isinstance`` on a runtime protocol."""

    def __init__(self, name: str, port: Any, harmful: Any) -> None:
        self._name, self._port, self._harmful = name, port, harmful
        for method in dir(port):
            if not method.startswith("_") and callable(getattr(port, method)):
                setattr(self, method, self._through(method))

    def _through(self, method: str) -> Callable[..., Any]:
        def call(*arguments: Any, **named: Any) -> Any:
            return self._harmful.call(f"{self._name}.{method}", getattr(self._port, method), arguments, named)

        return call


def away(name: str, *, had_effect: bool) -> Any:
    """What a port says when the other side is away; dispatchers answer, stores raise."""
    if name.startswith(("repository.", "pool_control.", "upkeep_records.", "claims.")):
        raise StoreUnavailable(cause="no_answer")
    if name.startswith("ledger."):
        raise LedgerUnavailable(cause="no_answer")
    if name.endswith(".dispatch"):
        return Unknown(cause="no_answer") if had_effect else NoEffect(cause="no_connection")
    if name.endswith(".observe"):
        return Observation(phase=ExecutionPhase.NO_ANSWER)
    if name.endswith(".open_executions"):
        return None
    if name.startswith("publisher."):
        return None  # it never raises, and nothing follows from what it says
    return StopAnswer.UNCONFIRMED
