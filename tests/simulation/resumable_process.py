"""Processes that can be left at any call of a port and gone on with later, without threads.

The domain is pure: what it does follows from the answers that its ports have given. So a process is left by an
exception that nothing catches, and gone on with by running it again from its beginning with the answers that it
has had already. A call of a port is made only once.
"""

from collections.abc import Callable
from contextlib import suppress
from typing import Any

from attrs import define, field, frozen
from crashing_ports import Crash


class Left(BaseException):
    """The process waits at a call that has not been made yet."""


@frozen
class Call:
    """A call of a port: ``port.method`` and what it is given."""

    name: str
    arguments: tuple[Any, ...]
    named: dict[str, Any]


@frozen
class Answer:
    """What a call came to: it gave ``given``, or raised ``raised``."""

    name: str
    given: Any = None
    raised: Exception | None = None

    def give(self) -> Any:
        if self.raised is not None:
            raise self.raised.with_traceback(None)
        return self.given


@define(eq=False)
class ResumableProcess:
    """Work that waits at each call of a port.

    Attributes:
        waiting_at: the call that it waits at; None: it has ended or died.
        result: what it came to. None: it died.
        dies_at: the instant of the clock, in seconds, at which the platform kills it.
    """

    name: str
    work: Callable[["ResumableProcess"], Any]
    dies_at: float = float("inf")
    waiting_at: Call | None = None
    result: Any = None
    _answers: list[Answer] = field(factory=list)
    _position: int = 0
    _held: Answer | None = None

    @property
    def is_done(self) -> bool:
        return self.waiting_at is None

    def begin(self) -> "ResumableProcess":
        """Run to the first call."""
        self._run()
        return self

    @property
    def calls_made(self) -> int:
        return len(self._answers)

    @property
    def awaits_only_its_answer(self) -> bool:
        """Whether the call has been made already, and its answer is under way."""
        return self._held is not None

    def go_on(self, make: Callable[[Call], Any]) -> None:
        """Make the call that the process waits at, unless it is made, and run to the next one.

        ``make`` may raise Crash.
        """
        try:
            answer = self._held or self._made(make)
        except Crash:
            self.die()
            return
        self._held = None
        self._answers.append(answer)
        self._run()

    def make_only(self, make: Callable[[Call], Any]) -> None:
        """Make the call, and let its answer be under way until the process goes on."""
        if self._held is None:
            try:
                self._held = self._made(make)
            except Crash:
                self.die()

    def die(self) -> None:
        self.waiting_at = self._held = None

    def _made(self, make: Callable[[Call], Any]) -> Answer:
        call = self.waiting_at
        assert call is not None, "a process that has ended goes on"
        try:
            return Answer(call.name, given=make(call))
        except Exception as raised:
            return Answer(call.name, raised=raised)

    def call(self, call: Call) -> Any:
        """Called by the process's own ports."""
        known = self._next(call.name)
        if known is not None:
            return known.give()
        self.waiting_at = call
        raise Left

    def at_once(self, name: str, look: Callable[[], Any]) -> Any:
        """Called by what takes no time: the clock of a deadline, a source of ids."""
        known = self._next(name)
        if known is None:
            known = Answer(name, given=look())
            self._answers.append(known)
            self._position += 1
        return known.give()

    def _next(self, name: str) -> Answer | None:
        if self._position == len(self._answers):
            return None
        known = self._answers[self._position]
        assert known.name == name, f"{self.name} asked {known.name} first, and now {name}"
        self._position += 1
        return known

    def _run(self) -> None:
        self._position, self.waiting_at = 0, None
        with suppress(Left):
            self.result = self.work(self)
