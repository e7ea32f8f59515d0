"""Folders of servers."""

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from campaign_orchestrator.local.server_folder import ServerFolder

MAKE = "from campaign_orchestrator.local.server_folder import ServerFolder; print(ServerFolder.make('lost').path)"
END_WITHOUT_CLEANING_UP = "import os, sys; sys.stdout.flush(); os._exit(0)"


@pytest.fixture(autouse=True)
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder of temporary files of the test's own."""
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr(tempfile, "tempdir", None)
    yield tmp_path
    assert list(tmp_path.iterdir()) == []


def make_in_another_process(then: str = "") -> Path:
    command = [sys.executable, "-c", f"{MAKE}; {then}"]
    return Path(subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip())


def test_it_goes_with_all_that_is_in_it_and_may_be_removed_twice() -> None:
    folder = ServerFolder.make("it")
    (folder.path / "data").mkdir()
    (folder.path / "data" / "file").touch()
    folder.remove()
    assert not folder.path.exists()
    folder.remove()


def test_it_goes_when_its_owner_ends_without_removing_it() -> None:
    assert not make_in_another_process().exists()


def test_one_whose_owner_was_killed_goes_when_the_next_is_made() -> None:
    lost = make_in_another_process(END_WITHOUT_CLEANING_UP)
    assert lost.exists()
    folder = ServerFolder.make("next")
    assert not lost.exists()
    folder.remove()


def test_one_that_has_an_owner_stays() -> None:
    owned = ServerFolder.make("owned")
    make_in_another_process()
    assert owned.path.exists()
    owned.remove()


def test_a_folder_of_somebody_else_stays(tmp_path: Path) -> None:
    foreign = tmp_path / "orchestrator-notes"
    foreign.mkdir()
    folder = ServerFolder.make("next")
    assert foreign.exists()
    os.rmdir(foreign)
    folder.remove()
