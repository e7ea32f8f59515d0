"""A process and what it has started."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator

import pytest

from campaign_orchestrator.local.process_family import RunningProcess, descendants_of, end_at_once
from serving.living_processes import is_alive

# A child in a session of its own, that does not mind being asked to end, and a grandchild.
GRANDCHILD = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('up', flush=True); signal.pause()"
CHILD = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {GRANDCHILD!r}])"
PROGRAM = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {CHILD!r}], start_new_session=True)"


@pytest.fixture
def ancestor() -> Iterator[subprocess.Popen[str]]:
    with subprocess.Popen([sys.executable, "-c", PROGRAM], stdout=subprocess.PIPE, text=True) as started:
        assert started.stdout is not None
        assert started.stdout.readline() == "up\n"
        yield started
        for process in descendants_of(started.pid):
            process.send(signal.SIGKILL)
        started.kill()


def test_children_and_grandchildren_belong_to_it_also_in_other_sessions(ancestor: subprocess.Popen[str]) -> None:
    family = descendants_of(ancestor.pid)
    assert len(family) == 2
    assert os.getsid(family[0].pid) != os.getsid(ancestor.pid)


def test_all_of_it_is_gone_after_the_end(ancestor: subprocess.Popen[str]) -> None:
    family = descendants_of(ancestor.pid)
    end_at_once(family)
    assert not any(is_alive(process.pid) for process in family)


def test_another_process_with_the_number_of_one_that_has_ended_is_left_alone(
    ancestor: subprocess.Popen[str],
) -> None:
    end_at_once([RunningProcess(ancestor.pid, "0")])
    assert is_alive(ancestor.pid)
