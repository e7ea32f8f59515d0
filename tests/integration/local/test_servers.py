"""The embedded servers: they start, ask for their password, and survive a crash where they should."""

import sys
import threading
from pathlib import Path

import psycopg
import pytest
import redis

from campaign_orchestrator.local import postgres_server
from campaign_orchestrator.local.postgres_server import EmbeddedPostgres
from campaign_orchestrator.local.server_process import ServerDidNotStart, ServerProcess
from campaign_orchestrator.local.valkey_server import EmbeddedValkey
from serving.living_processes import comes_true, gone, is_alive


def test_postgres_keeps_its_data_through_a_stop_and_a_crash() -> None:
    with EmbeddedPostgres(durable=True) as server:
        with psycopg.connect(server.url(), autocommit=True) as connection:
            connection.execute("CREATE TABLE t AS SELECT 1 AS n")
        for end in (server.stop, server.kill):
            before = server.pid
            end()
            assert gone(before)
            server.start()
            with psycopg.connect(server.url()) as connection:
                assert connection.execute("SELECT n FROM t").fetchone() == (1,)


def test_postgres_starts_again_after_a_crash_in_the_middle_of_a_query() -> None:
    with EmbeddedPostgres() as server:
        with psycopg.connect(server.url()) as busy, psycopg.connect(server.url(), autocommit=True) as observer:
            worker = busy.info.backend_pid
            thread = threading.Thread(target=_run_for_long, args=(busy,))
            thread.start()
            running = "SELECT count(*) FROM pg_stat_activity WHERE pid = %s AND state = 'active'"
            assert comes_true(lambda: observer.execute(running, [worker]).fetchone() == (1,))
            server.kill()
            assert not is_alive(worker)
            thread.join()
        server.start()
        with psycopg.connect(server.url()) as connection:
            assert connection.execute("SELECT 1").fetchone() == (1,)


def _run_for_long(connection: psycopg.Connection) -> None:
    with pytest.raises(psycopg.OperationalError):
        connection.execute("SELECT count(*) FROM generate_series(1, 1000000000000)")


def test_postgres_wants_its_password() -> None:
    with (
        EmbeddedPostgres() as server,
        pytest.raises(psycopg.OperationalError, match="password authentication failed"),
        psycopg.connect(server.url().replace("local-only", "wrong")),
    ):
        pass


def test_postgres_runs_when_others_cannot_reach_its_binaries(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As root it runs as nobody, who cannot pass through a private folder."""
    private = tmp_path / "private"
    private.mkdir(mode=0o700)
    postgres_server._copy_installation(postgres_server._packages(), private)
    monkeypatch.setattr(postgres_server, "_packages", lambda: private)
    with EmbeddedPostgres() as server, psycopg.connect(server.url()) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)


def test_postgres_is_as_durable_as_asked() -> None:
    for durable, setting in ((True, "on"), (False, "off")):
        with EmbeddedPostgres(durable=durable) as server, psycopg.connect(server.url()) as connection:
            assert connection.execute("SHOW fsync").fetchone() == (setting,)


def test_valkey_forgets_in_a_crash_and_wants_its_password() -> None:
    with EmbeddedValkey() as server:
        client = redis.Redis(port=server.port, password=server.password)
        client.set("k", "v")
        first = server.pid
        server.kill()
        assert gone(first)
        server.start()
        assert client.get("k") is None
        client.close()
        stranger = redis.Redis(port=server.port)
        with pytest.raises(redis.AuthenticationError):
            stranger.ping()
        stranger.close()


def test_a_server_that_ends_while_starting_shows_its_log_and_leaves_nothing() -> None:
    server = EmbeddedPostgres(settings=["no_such_setting=1"])
    with pytest.raises(ServerDidNotStart, match="no_such_setting"), server:
        pass
    assert not server.folder.exists()


def test_a_server_that_is_never_ready_is_ended(tmp_path: Path) -> None:
    command = [sys.executable, "-c", "import signal; print('still at it', flush=True); signal.pause()"]
    process = ServerProcess(command, log=tmp_path / "log", folder=tmp_path)
    assert comes_true(lambda: "still" in (tmp_path / "log").read_text())
    with pytest.raises(ServerDidNotStart, match=r"not ready after 0\.1 s:\nstill at it"):
        process.wait_until(lambda: False, what="It", seconds=0.1)
    assert not process.is_running


def test_a_server_that_does_not_end_when_asked_is_ended(tmp_path: Path) -> None:
    program = "import signal; signal.signal(15, signal.SIG_IGN); print('deaf', flush=True); signal.pause()"
    process = ServerProcess([sys.executable, "-c", program], log=tmp_path / "log", folder=tmp_path)
    assert comes_true(lambda: "deaf" in (tmp_path / "log").read_text())
    process.stop(seconds=0.1)
    assert not process.is_running
    process.stop()
