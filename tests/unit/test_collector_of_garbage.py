"""The collector of garbage is held back until the first answer, and works from then on."""

import gc
from collections.abc import Iterator

import pytest

from campaign_orchestrator.cold_start import ColdStart


@pytest.fixture(autouse=True)
def as_it_was() -> Iterator[None]:
    was_enabled = gc.isenabled()
    gc.enable()
    yield
    gc.unfreeze()
    (gc.enable if was_enabled else gc.disable)()


def test_it_is_held_back_until_the_first_answer_and_works_from_then_on() -> None:
    beginning = ColdStart()
    assert not gc.isenabled()
    beginning.end()
    assert gc.isenabled()
    assert gc.get_freeze_count() > 0


def test_what_a_later_invocation_makes_is_not_set_aside() -> None:
    beginning = ColdStart()
    beginning.end()
    gc.unfreeze()
    beginning.end()
    assert gc.get_freeze_count() == 0


def test_a_collector_that_somebody_has_switched_off_stays_off() -> None:
    gc.disable()
    ColdStart().end()
    assert not gc.isenabled()
