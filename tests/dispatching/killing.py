"""A process that is killed at a call: nothing of it runs after that, and what is written stays."""

from collections.abc import Callable
from typing import Any


class Killed(BaseException):
    """The process is gone: no handler of it may catch this and go on."""


class Mortal:
    """Counts the calls of everything that it guards, and dies before or after one of them."""

    def __init__(self, *, dies_at: int | None, after: bool = False) -> None:
        self.calls = 0
        self.is_dead = False
        self._dies_at, self._after = dies_at, after

    def guard(self, part: Any) -> Any:
        """The part, whose every call counts."""
        return _Guarded(part, self)

    def call(self, make: Callable[[], Any]) -> Any:
        if self.is_dead:
            raise Killed
        self.calls += 1
        self.is_dead = self.calls == self._dies_at
        if self.is_dead and not self._after:
            raise Killed
        answer = make()
        if self.is_dead:
            raise Killed
        return answer


class _Guarded:
    def __init__(self, part: Any, mortal: Mortal) -> None:
        self._part, self._mortal = part, mortal

    def __getattr__(self, name: str) -> Any:
        value = getattr(self._part, name)
        if not callable(value):
            return value
        return lambda *arguments, **named: self._mortal.call(lambda: value(*arguments, **named))
