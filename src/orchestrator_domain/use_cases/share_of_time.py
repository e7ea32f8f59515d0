"""A share of the time that is left."""

from typing import Self

from attrs import frozen

from orchestrator_domain.ports.deadline import Deadline


@frozen
class ShareOfTime(Deadline):
    """The part of another deadline that one pool may use, so that a hanging one leaves the others theirs.

    ``kept_back_seconds``: what is not this share's to use.
    """

    whole: Deadline
    kept_back_seconds: float

    @classmethod
    def of(cls, whole: Deadline, *, shares: int) -> Self:
        """One of ``shares`` equal parts of what is left now."""
        remaining = whole.remaining_seconds()
        kept_back = remaining - remaining / shares if remaining != float("inf") else 0.0
        return cls(whole, kept_back)

    def remaining_seconds(self) -> float:
        return self.whole.remaining_seconds() - self.kept_back_seconds
