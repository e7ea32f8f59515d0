"""RunIds, promise by promise, over every adapter."""

import os
import re
import subprocess
import sys

import pytest

from orchestrator_adapters.memory.run_ids import RandomRunIds, SequentialRunIds
from orchestrator_domain.ports.run_ids import RunIds


@pytest.fixture(params=[RandomRunIds, SequentialRunIds], ids=["random", "sequential"])
def ids(request: pytest.FixtureRequest) -> RunIds:
    """Each source in its turn: one of your own is one more parameter."""
    chosen: RunIds = request.param()
    return chosen


def test_ids_are_32_hexadecimal_digits_and_differ(ids: RunIds) -> None:
    drawn = {ids.next_id() for _ in range(1_000)}
    assert len(drawn) == 1_000
    assert all(re.fullmatch("[0-9a-f]{32}", one) for one in drawn)


def test_122_bits_of_a_random_id_are_random() -> None:
    drawn = [int(RandomRunIds().next_id(), 16) for _ in range(200)]
    always_set, ever_set = drawn[0], 0
    for one in drawn:
        always_set, ever_set = always_set & one, ever_set | one
    assert (ever_set & ~always_set).bit_count() >= 122


def test_random_ids_differ_between_processes() -> None:
    program = "from orchestrator_adapters.memory.run_ids import RandomRunIds; print(RandomRunIds().next_id())"
    assert len({subprocess.check_output([sys.executable, "-c", program]) for _ in range(2)}) == 2


def test_random_ids_come_from_the_system_so_that_restored_processes_differ(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[int] = []

    def urandom(size: int) -> bytes:
        asked.append(size)
        return bytes(size)

    monkeypatch.setattr(os, "urandom", urandom)
    RandomRunIds().next_id()
    assert sum(asked) >= 16


def test_sequential_ids_are_the_same_again_for_the_same_seed() -> None:
    first, again, other = SequentialRunIds("a"), SequentialRunIds("a"), SequentialRunIds("b")
    drawn = [first.next_id() for _ in range(3)]
    assert drawn == [again.next_id() for _ in range(3)]
    assert other.next_id() not in drawn
