"""However their owner ends, servers leave no process, no folder and no shared memory."""

import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from campaign_orchestrator.local.postgres_server import EmbeddedPostgres
from campaign_orchestrator.local.server_folder import ServerFolder
from serving.living_processes import comes_true, gone, is_alive, running_program

SERVERS = """
from campaign_orchestrator.local.postgres_server import EmbeddedPostgres
from campaign_orchestrator.local.valkey_server import EmbeddedValkey
postgres, valkey = EmbeddedPostgres(), EmbeddedValkey()
"""
BEGIN_AND_GO_ON = "print(postgres.start().pid, valkey.start().pid, flush=True)"
THEN_WAIT = "import signal; signal.pause()"
INSIDE_WITH = f"""
with postgres, valkey:
    print(postgres.pid, valkey.pid, flush=True)
    {THEN_WAIT}
"""


@pytest.fixture
def public_folder() -> Iterator[Path]:
    """A folder for temporary files that everybody can reach; pytest's own are private."""
    folder = Path(tempfile.mkdtemp(prefix="test-of-servers-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


def pids_from(owner: subprocess.Popen[str]) -> list[int]:
    assert owner.stdout is not None
    pids = [int(number) for number in owner.stdout.readline().split()]
    assert len(pids) == 2
    return pids


def segments_of_shared_memory() -> set[str]:
    return {line.split()[1] for line in Path("/proc/sysvipc/shm").read_text().splitlines()[1:]}


def segment_of(folder: Path) -> str:
    return (folder / "data" / "postmaster.pid").read_text().splitlines()[6].split()[1]


def test_an_owner_that_ends_without_closing(public_folder: Path) -> None:
    with running_program(SERVERS + BEGIN_AND_GO_ON, public_folder) as owner:
        pids = pids_from(owner)
        owner.wait()
    assert all(gone(pid) for pid in pids)
    assert list(public_folder.iterdir()) == []


def test_an_owner_that_is_interrupted_by_the_keyboard(public_folder: Path) -> None:
    with running_program(SERVERS + INSIDE_WITH, public_folder) as owner:
        pids = pids_from(owner)
        assert all(is_alive(pid) for pid in pids)
        owner.send_signal(signal.SIGINT)
        owner.wait()
    assert all(gone(pid) for pid in pids)
    assert list(public_folder.iterdir()) == []


def test_an_owner_that_is_killed(public_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The kernel ends the servers at once; the next server that is made removes the folders."""
    with running_program(SERVERS + BEGIN_AND_GO_ON + "\n" + THEN_WAIT, public_folder) as owner:
        pids = pids_from(owner)
        (data,) = public_folder.glob("orchestrator-postgres*")
        segment = segment_of(data)
        assert segment in segments_of_shared_memory()
        owner.kill()
        owner.wait()
    assert all(gone(pid) for pid in pids)
    assert segment not in segments_of_shared_memory()
    monkeypatch.setattr("tempfile.tempdir", str(public_folder))
    ServerFolder.make("next").remove()
    assert list(public_folder.iterdir()) == []


def test_a_server_that_was_killed_and_is_closed() -> None:
    with EmbeddedPostgres() as server:
        segment = segment_of(server.folder)
        assert segment in segments_of_shared_memory()
        server.kill()
    assert segment not in segments_of_shared_memory()
    assert not server.folder.exists()
    server.close()


def test_an_interrupted_start(monkeypatch: pytest.MonkeyPatch) -> None:
    server = EmbeddedPostgres()
    started: list[int] = []

    def interrupted(binaries: Path) -> bool:
        started.append(server.pid)
        raise KeyboardInterrupt

    monkeypatch.setattr(server, "_is_ready", interrupted)
    with pytest.raises(KeyboardInterrupt), server:
        pass
    assert gone(started[0])
    assert comes_true(lambda: not server.folder.exists())
