"""The embedded servers: they start, survive a crash where they should, and leave nothing behind."""

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import psycopg
import pytest
import redis

from campaign_orchestrator.local.postgres_server import EmbeddedPostgres
from campaign_orchestrator.local.free_ports import free_port
from campaign_orchestrator.local.server_process import ServerDidNotStart, ServerProcess
from campaign_orchestrator.local.valkey_server import EmbeddedValkey
from serving.servers import AwsServer


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"


def gone(pid: int) -> bool:
    give_up = time.monotonic() + 10
    while is_alive(pid):
        if time.monotonic() > give_up:
            return False
        time.sleep(0.02)
    return True


def test_postgres_keeps_its_data_through_a_crash_and_leaves_nothing() -> None:
    with EmbeddedPostgres(durable=True) as server:
        with psycopg.connect(server.url(), autocommit=True) as connection:
            connection.execute("CREATE TABLE t AS SELECT 1 AS n")
        first = server.pid
        server.kill()
        assert gone(first)
        server.start()
        with psycopg.connect(server.url()) as connection:
            assert connection.execute("SELECT n FROM t").fetchone() == (1,)
        second, folder = server.pid, server.folder
    assert gone(second)
    assert not folder.exists()


def test_postgres_wants_its_password() -> None:
    with (
        EmbeddedPostgres() as server,
        pytest.raises(psycopg.OperationalError),
        psycopg.connect(server.url().replace("local-only", "wrong")),
    ):
        pass


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
        second = server.pid
    assert gone(second)


def test_a_server_does_not_outlive_an_owner_that_is_killed(tmp_path: Path) -> None:
    program = (
        "import time; from campaign_orchestrator.local.valkey_server import EmbeddedValkey;"
        "print(EmbeddedValkey().start().pid, flush=True); time.sleep(60)"
    )
    owner = subprocess.Popen(
        [sys.executable, "-c", program],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "TMPDIR": str(tmp_path)},
    )
    assert owner.stdout is not None
    pid = int(owner.stdout.readline())
    assert is_alive(pid)
    owner.send_signal(signal.SIGKILL)
    owner.wait()
    owner.stdout.close()
    assert gone(pid)


def test_a_server_that_ends_while_starting_shows_its_log(tmp_path: Path) -> None:
    command = [sys.executable, "-c", "print('what went wrong'); raise SystemExit(3)"]
    process = ServerProcess(command, log=tmp_path / "log", folder=tmp_path)
    with pytest.raises(ServerDidNotStart, match="what went wrong"):
        process.wait_until(lambda: False, what="It", seconds=10)


def test_a_server_that_is_never_ready_is_ended(tmp_path: Path) -> None:
    command = [sys.executable, "-c", "import time; time.sleep(60)"]
    process = ServerProcess(command, log=tmp_path / "log", folder=tmp_path)
    with pytest.raises(ServerDidNotStart, match="not ready after"):
        process.wait_until(lambda: False, what="It", seconds=0.1)
    assert not process.is_running


def test_localstack_answers_on_the_loopback_interface_only(aws_server: AwsServer) -> None:
    port = int(aws_server.endpoint_url.rsplit(":", 1)[1])
    for line in Path("/proc/net/tcp").read_text().splitlines()[1:]:
        local, state = line.split()[1], line.split()[3]
        if state == "0A" and int(local.split(":")[1], 16) == port:
            assert local.split(":")[0] == "0100007F", f"LocalStack listens on {local}"


def test_a_free_port_is_free() -> None:
    with socket.socket() as server:
        server.bind(("127.0.0.1", free_port()))
