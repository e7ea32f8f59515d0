"""Nothing is begun that the rest of the time cannot cover."""

from orchestrator_domain.errors import DeadlineTooClose
from orchestrator_domain.ports.deadline import Deadline


def require_time(deadline: Deadline, needed_seconds: float) -> None:
    """Raise DeadlineTooClose unless ``needed_seconds`` are left."""
    remaining = deadline.remaining_seconds()
    if remaining < needed_seconds:
        raise DeadlineTooClose(needed_seconds=needed_seconds, remaining_seconds=remaining)
