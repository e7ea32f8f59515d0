"""The collector of garbage is held back while a function is loaded and answers first, and works otherwise."""

import gc
import subprocess
import sys
from collections.abc import Iterator

import pytest

from campaign_orchestrator.cold_start import FirstInvocation, WithoutCollector


@pytest.fixture(autouse=True)
def as_it_was() -> Iterator[None]:
    was_enabled = gc.isenabled()
    gc.enable()
    yield
    gc.unfreeze()
    (gc.enable if was_enabled else gc.disable)()


@pytest.mark.parametrize("make", [WithoutCollector, FirstInvocation])
def test_it_is_held_back_only_meanwhile(make: type[WithoutCollector]) -> None:
    with make():
        assert not gc.isenabled()
    assert gc.isenabled()


@pytest.mark.parametrize("make", [WithoutCollector, FirstInvocation])
def test_it_works_again_after_a_failure(make: type[WithoutCollector]) -> None:
    with pytest.raises(ZeroDivisionError), make():
        raise ZeroDivisionError
    assert gc.isenabled()


def test_what_is_there_after_the_first_answer_is_set_aside_and_nothing_later() -> None:
    invocation = FirstInvocation()
    with invocation:
        assert gc.get_freeze_count() == 0
    assert gc.get_freeze_count() > 0
    gc.unfreeze()
    with invocation:
        assert gc.isenabled()
    assert gc.get_freeze_count() == 0


@pytest.mark.parametrize("make", [WithoutCollector, FirstInvocation])
def test_a_collector_that_somebody_has_switched_off_stays_off(make: type[WithoutCollector]) -> None:
    gc.disable()
    with make():
        pass
    assert not gc.isenabled()


def test_whoever_imports_the_handler_keeps_the_collector() -> None:
    program = "import gc, campaign_orchestrator.lambda_handler; print(gc.isenabled(), gc.get_freeze_count())"
    told = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout
    assert told.split() == ["True", "0"]
