"""What is done at most once, and what does nothing."""

from collections.abc import Callable

from attrs import define


def nothing() -> None:
    """Do nothing."""


@define(eq=False, repr=False)
class Once:
    """Does ``work`` at its first call."""

    work: Callable[[], object]

    def __call__(self) -> None:
        work, self.work = self.work, nothing
        work()
