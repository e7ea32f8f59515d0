"""Looks at executions in memory that do not show what is there."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from orchestrator_adapters.memory.dispatcher import InMemoryExecutions
from orchestrator_domain.ports.dispatcher import ExecutionPhase, Observation


@contextmanager
def looks_show(phase: ExecutionPhase) -> Iterator[None]:
    """Every look shows ``phase`` and nothing else; dispatches and stops are answered as ever."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(InMemoryExecutions, "observe", lambda *_: Observation(phase=phase))
        yield
